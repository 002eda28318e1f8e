//! The bot engine as customers see it: when a bot starts, what it understands, what it does, when it stops.

mod races;
mod runs;
mod talk;

use serde_json::{Value, json};

use crate::support::{ScenarioJson, TestApp, eventually};

const ANNA: &str = "79991110001";
const BORIS: &str = "79991110002";
const CLARA: &str = "79991110003";
const DINA: &str = "79991110004";

fn is_free(conversation: &Value) -> bool {
    conversation["handler"]["type"] == "nobody"
}

/// The reason shown with the customer's message of this text, once there is one.
async fn reason(app: &TestApp, wa_id: &str, text: &str) -> String {
    let conversation = app.conversation(wa_id).await;
    eventually(&format!("why {text:?} was not answered"), || async {
        let messages = app.messages(&conversation).await;
        let message = messages
            .iter()
            .rfind(|message| message["content"] == text)?;
        message["unanswered_reason"].as_str().map(str::to_owned)
    })
    .await
}

fn menu() -> ScenarioJson {
    let buttons = json!([{"id": "yes", "label": "Да"}, {"id": "no", "label": "Нет"}, {"id": "x", "label": "Позже"}]);
    ScenarioJson::new()
        .node(
            "menu",
            "buttons",
            json!({"message": "Придёте?", "buttons": buttons}),
        )
        .message("good", "Ждём")
        .message("bad", "Жаль")
        .labeled("menu", "yes", "good")
        .handle("menu", "Нет", "bad")
}
