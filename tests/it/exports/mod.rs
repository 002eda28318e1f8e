//! Taking events out: over HTTP, on the command line, as files, and what describes them.

mod command;
mod dictionary;
mod http;
mod kills;
mod schemas;
mod stream;

use serde_json::Value;

use crate::support::TestApp;

/// A server with one conversation in its log, in which nothing goes on any more.
async fn with_events() -> TestApp {
    let app = TestApp::with_salon().await;
    app.meta.types("79991112233", "Здравствуйте");
    app.meta.shows("79991112233", 2).await;
    let conversation = app
        .conversation_when("79991112233", "the bot waits", |one| one["bot"].is_object())
        .await;
    app.messages_when(&conversation, "every bubble is read", |messages| {
        let mut sent = messages.iter().filter(|one| one["direction"] == "outbound");
        messages.len() == 3
            && sent.all(|one| one["status"] == "read" && one["delivered_at"].is_string())
    })
    .await;
    app.settled().await;
    app
}

/// Lines of an answer.
fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
}

fn positions(events: &[Value]) -> Vec<u64> {
    events
        .iter()
        .map(|event| event["position"].as_u64().expect("a position"))
        .collect()
}

/// The fields of an event's payload.
fn fields(event: &Value) -> &Value {
    let members = event["payload"].as_object().expect("an object");
    members.values().next().expect("one member")
}
