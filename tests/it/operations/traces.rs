//! Traces over OTLP/HTTP, with a collector of the test's own.

use super::collector::Collector;
use super::served::Served;

const PHONE: &str = "+79160918273";
const NAME: &str = "CanaryName";
const TEXT: &str = "canary-word";

#[tokio::test]
async fn spans_of_a_message_reach_the_collector_and_name_nobody() -> anyhow::Result<()> {
    let collector = Collector::start().await?;
    let url = collector.url();
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("LOG", "info")];
    let mut served = Served::start(&settings).await?;
    served.talk(PHONE, NAME, TEXT).await?;
    // What has not left yet leaves at the end.
    served.stop().await?;
    for words in [
        "vestnik",
        "POST /api/v1/webhooks/whatsapp",
        "http.response.status_code",
        "handle item",
        "execute",
        "carry out",
        "send",
    ] {
        assert!(collector.has(words), "no span says {words}");
    }
    for person in [PHONE.trim_start_matches('+'), NAME, TEXT] {
        assert!(!collector.has(person), "{person} is in a span");
    }
    // Spans are not for log lines.
    assert!(!served.log().contains("handle item"), "{}", served.log());
    Ok(())
}

#[tokio::test]
async fn a_collector_that_is_away_holds_nothing_up() -> anyhow::Result<()> {
    let nowhere = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")];
    let mut served = Served::start(&nowhere).await?;
    served.talk(PHONE, NAME, TEXT).await?;
    served.stop().await
}
