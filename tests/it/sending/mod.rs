//! What becomes of a message between the click and the customer's phone, whatever Meta does to it.

mod refusals;
mod repeats;
mod statuses;

use serde_json::{Value, json};

use crate::support::{AppOptions, TestApp, eventually};

const ANNA: &str = "79994440001";

/// A server whose sends time out soon, and a customer who wrote on its number.
async fn open(settings: Vec<(&'static str, String)>) -> (TestApp, Value) {
    let settings = [("SEND_TIMEOUT_SECONDS", "1".to_owned())]
        .into_iter()
        .chain(settings)
        .collect();
    let app = TestApp::start_with(AppOptions { settings }).await;
    app.add_number().await;
    app.meta.types(ANNA, "hello");
    let conversation = app.conversation(ANNA).await;
    (app, conversation)
}

async fn send(app: &TestApp, conversation: &Value, text: &str) -> Value {
    let id = conversation["id"].as_str().expect("an id");
    app.post(
        &format!("/conversations/{id}/messages"),
        json!({"content": text}),
    )
    .await
    .expect(201)["id"]
        .clone()
}

/// The message once it satisfies a condition.
async fn message_when(
    app: &TestApp,
    conversation: &Value,
    id: &Value,
    what: &str,
    condition: impl Fn(&Value) -> bool,
) -> Value {
    eventually(what, || async {
        let messages = app.messages(conversation).await;
        messages
            .into_iter()
            .find(|message| message["id"] == *id && condition(message))
    })
    .await
}

async fn in_state(app: &TestApp, conversation: &Value, id: &Value, state: &str) -> Value {
    message_when(app, conversation, id, state, |one| {
        one["send_state"] == state
    })
    .await
}

fn shown(app: &TestApp) -> Vec<String> {
    let bubbles = app.meta.answers(ANNA).into_iter();
    bubbles.map(|bubble| bubble.text).collect()
}
