//! What each kind of answer proves.

use std::time::Duration;

use application::ports::cloud_api::{CloudApi, SendOutcome};
use domain::message::Content;
use domain::number::NumberKind;
use tokio::net::TcpListener;

use super::server::{Step, answer, refuse_tls, serve_one};
use super::{client, credentials, request};

async fn outcome_of(step: Step) -> SendOutcome {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v25.0", listener.local_addr().unwrap());
    let client = client(&base);
    let (outcome, _request) = tokio::join!(
        client.send(request(Content::text("hello"))),
        serve_one(listener, step)
    );
    outcome
}

fn graph_error(code: i64, extra: &str) -> String {
    format!(r#"{{"error":{{"message":"(#{code}) no","code":{code}{extra}}}}}"#)
}

#[tokio::test]
async fn each_graph_code_has_its_outcome() {
    let table = [
        (400, 4, "", "Throttled(4)"),
        (400, 613, "", "Throttled(613)"),
        (400, 80_007, "", "Throttled(80007)"),
        (400, 130_429, "", "Throttled(130429)"),
        (400, 131_056, "", "Throttled(131056)"),
        (500, 131_057, "", "Throttled(131057)"),
        (400, 130_429, r#","is_transient":true"#, "Throttled(130429)"),
        (429, 131_000, "", "Throttled(429)"),
        (401, 190, "", "AuthBroken(190)"),
        (401, 0, "", "AuthBroken(0)"),
        (400, 1, "", "Unknown(Ambiguous)"),
        (400, 2, "", "Unknown(Ambiguous)"),
        (400, 131_000, "", "Unknown(Ambiguous)"),
        (400, 131_016, "", "Unknown(Ambiguous)"),
        (
            400,
            131_053,
            r#","is_transient":true"#,
            "Unknown(Ambiguous)",
        ),
        (500, 131_047, "", "Unknown(Ambiguous)"),
        (400, 131_053, "", "Rejected(131053)"),
        (400, 131_047, "", "Rejected(131047)"),
        (400, 131_026, r#","is_transient":false"#, "Rejected(131026)"),
        (404, 100, "", "Rejected(100)"),
        (200, 131_030, "", "Rejected(131030)"),
    ];
    for (status, code, extra, expected) in table {
        let outcome = outcome_of(Step::Answer(answer(status, "", &graph_error(code, extra)))).await;
        assert_eq!(
            format!("{outcome:?}"),
            expected,
            "HTTP {status}, code {code} {extra}"
        );
    }
}

#[tokio::test]
async fn answers_without_a_graph_error_have_their_outcome() {
    let huge = format!(
        r#"{{"messages":[{{"id":"wamid.1","x":"{}"}}]}}"#,
        "x".repeat(1024 * 1024)
    );
    let table = [
        ("reset", Step::Reset, "Unknown(Reset)"),
        (
            "closed without an answer",
            Step::Answer(Vec::new()),
            "Unknown(Reset)",
        ),
        (
            "cut off",
            Step::Answer(b"HTTP/1.1 200 X\r\ncontent-length: 50\r\n\r\n{".to_vec()),
            "Unknown(Ambiguous)",
        ),
        ("no answer", Step::Stall(Vec::new()), "Unknown(Timeout)"),
        (
            "slow drip",
            Step::Stall(b"HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\n{".to_vec()),
            "Unknown(Timeout)",
        ),
        (
            "not HTTP",
            Step::Answer(b"SSH-2.0-x\r\n\r\n".to_vec()),
            "Unknown(Reset)",
        ),
        (
            "500 html",
            Step::Answer(answer(500, "", "<html>")),
            "Unknown(Ambiguous)",
        ),
        (
            "502 empty",
            Step::Answer(answer(502, "", "")),
            "Unknown(Ambiguous)",
        ),
        (
            "400 not JSON",
            Step::Answer(answer(400, "", "{")),
            "Unknown(Ambiguous)",
        ),
        (
            "400 no code",
            Step::Answer(answer(400, "", r#"{"error":{}}"#)),
            "Unknown(Ambiguous)",
        ),
        (
            "200 not JSON",
            Step::Answer(answer(200, "", "ok")),
            "Unknown(Ambiguous)",
        ),
        (
            "200 no id",
            Step::Answer(answer(200, "", r#"{"messages":[]}"#)),
            "Unknown(Ambiguous)",
        ),
        (
            "200 empty id",
            Step::Answer(answer(200, "", r#"{"messages":[{"id":""}]}"#)),
            "Unknown(Ambiguous)",
        ),
        (
            "200 huge",
            Step::Answer(answer(200, "", &huge)),
            "Unknown(Ambiguous)",
        ),
        (
            "redirect",
            Step::Answer(answer(307, "location: http://127.0.0.1:1/\r\n", "")),
            "Unknown(Ambiguous)",
        ),
        (
            "429 empty",
            Step::Answer(answer(429, "", "")),
            "Throttled(429)",
        ),
        (
            "429 stalled",
            Step::Stall(b"HTTP/1.1 429 X\r\ncontent-length: 9\r\n\r\n".to_vec()),
            "Throttled(429)",
        ),
    ];
    for (name, step, expected) in table {
        assert_eq!(format!("{:?}", outcome_of(step).await), expected, "{name}");
    }
}

#[tokio::test]
async fn an_accepted_message_carries_what_meta_said_of_it() {
    let body = r#"{"messaging_product":"whatsapp",
        "contacts":[{"input":"+79001234567","wa_id":"79001234567","user_id":"RU.1"}],
        "messages":[{"id":"wamid.A","message_status":"accepted"}]}"#;
    let outcome = outcome_of(Step::Answer(answer(200, "", body))).await;
    let expected = SendOutcome::Accepted {
        wamid: "wamid.A".to_owned(),
        wa_id: Some("79001234567".to_owned()),
        user_id: Some("RU.1".to_owned()),
        message_status: Some("accepted".to_owned()),
    };
    assert!(outcome == expected);
}

#[tokio::test]
async fn retry_after_is_read_in_seconds() {
    let outcome = outcome_of(Step::Answer(answer(429, "retry-after: 17\r\n", ""))).await;
    let expected = SendOutcome::Throttled {
        meta_code: 429,
        retry_after: Some(Duration::from_secs(17)),
    };
    assert!(outcome == expected);
}

#[tokio::test]
async fn details_are_read_from_text_and_object() {
    for data in [r#"{"details":"why"}"#, r#""why""#] {
        let body = graph_error(131_026, &format!(r#","error_data":{data}"#));
        let SendOutcome::Rejected(error) = outcome_of(Step::Answer(answer(400, "", &body))).await
        else {
            panic!("not rejected");
        };
        assert_eq!(
            (error.title.as_str(), error.detail.as_deref()),
            ("(#131026) no", Some("why"))
        );
    }
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_written() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = client(&format!("http://{address}"))
        .send(request(Content::text("x")))
        .await;
    assert_eq!(format!("{refused:?}"), "NotWritten(no connection)");
    let unknown_host = client("http://graph.invalid/v25.0")
        .send(request(Content::text("x")))
        .await;
    assert!(
        matches!(unknown_host, SendOutcome::NotWritten { .. }),
        "{unknown_host:?}"
    );
}

#[tokio::test]
async fn a_failed_tls_handshake_proves_that_nothing_was_written() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(&format!("https://{}", listener.local_addr().unwrap()));
    let (outcome, ()) = tokio::join!(
        client.send(request(Content::text("x"))),
        refuse_tls(listener)
    );
    assert_eq!(format!("{outcome:?}"), "NotWritten(no connection)");
}

#[tokio::test]
async fn a_simulated_number_never_reaches_the_live_address() {
    let mut simulated = request(Content::text("x"));
    simulated.credentials = credentials(NumberKind::Simulated);
    let outcome = client("http://127.0.0.1:1").send(simulated).await;
    assert_eq!(
        format!("{outcome:?}"),
        "NotWritten(no simulator runs for this number)"
    );
}
