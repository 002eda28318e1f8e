//! Log lines: as JSON, without people in them, and at another level while the server runs.

use serde_json::Value;

use super::served::Served;
use crate::support::{eventually, vestnik_in};

const PHONE: &str = "+79160918273";
const NAME: &str = "CanaryName";
const TEXT: &str = "canary-word";

fn lines(served: &Served) -> Vec<Value> {
    let log = served.log();
    let lines = log.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

#[tokio::test]
async fn lines_are_json_at_a_level_that_changes_while_it_runs_and_name_nobody() -> anyhow::Result<()>
{
    let settings = [("LOG", "warn"), ("LOG_FORMAT", "json")];
    let mut served = Served::start(&settings).await?;
    served.talk(PHONE, NAME, TEXT).await?;
    let is_debug = |line: &Value| line["level"] == "DEBUG";
    assert!(!lines(&served).iter().any(is_debug));
    let said = served.vestnik(&["log-level"]).await.good();
    assert_eq!(said.trim(), "warn");
    let said = served.vestnik(&["log-level", "trace"]).await.good();
    assert_eq!(said.trim(), "trace");
    served.talk(PHONE, NAME, TEXT).await?;
    eventually("a line of the new level", || async {
        lines(&served).iter().any(is_debug).then_some(())
    })
    .await;
    for line in lines(&served) {
        for member in ["timestamp", "level", "target"] {
            assert!(line[member].is_string(), "no {member}: {line}");
        }
    }
    let refused = served.vestnik(&["log-level", "=!="]).await;
    assert!(
        !refused.success && refused.err.contains("filter"),
        "{}",
        refused.err
    );
    served.vestnik(&["log-level", "warn"]).await.good();
    served.stop().await?;
    let log = served.log();
    for person in [PHONE.trim_start_matches('+'), NAME, TEXT] {
        assert!(!log.contains(person), "{person} is in the log");
    }
    Ok(())
}

#[tokio::test]
async fn without_a_server_there_is_no_level_to_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = vestnik_in(&folder.path().join("data"), &[], &["log-level", "debug"]).await;
    assert!(!said.success && said.err.contains("LOG"), "{}", said.err);
}
