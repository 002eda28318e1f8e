//! Small helpers of tests that let customers write and look at what the API shows.

use application::ports::clock::Clock;
use infrastructure::system::SystemClock;
use serde_json::{Value, json};

use super::{Delivery, TestApp, bsuid, inbound_text};

/// Now in unix seconds, as Meta writes times.
pub(crate) fn now() -> i64 {
    SystemClock.now().as_micros() / 1_000_000
}

/// The keys of an object, sorted.
#[track_caller]
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let members = object.as_object().expect("an object");
    let mut keys: Vec<&str> = members.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// A message of a type with its object, as a customer sends it now.
pub(crate) fn of_type(wa_id: &str, wamid: &str, kind: &str, object: Value) -> Value {
    let mut message = json!({
        "from": wa_id, "from_user_id": bsuid(wa_id), "id": wamid, "timestamp": now().to_string(),
        "type": kind,
    });
    if !object.is_null() {
        message[kind] = object;
    }
    message
}

impl TestApp {
    /// Delivers messages of one customer in one webhook.
    pub(crate) async fn receives(&self, wa_id: &str, name: &str, messages: &[Value]) {
        let body = Delivery::new().change(wa_id, name, messages, &[]).bytes();
        self.deliver(body).await.expect(200);
    }

    /// A customer writes a text; the conversation once its messages show it. A bot may have answered by then,
    /// so the list's last message need not be this one.
    pub(crate) async fn hears(&self, wa_id: &str, name: &str, text: &str) -> Value {
        let wamid = format!("wamid.{wa_id}.{}", text.len());
        let message = inbound_text(wa_id, &wamid, now(), text);
        self.receives(wa_id, name, &[message]).await;
        let conversation = self.conversation(wa_id).await;
        self.messages_when(&conversation, "the text in the conversation", |messages| {
            messages.iter().any(|message| message["content"] == text)
        })
        .await;
        self.conversation(wa_id).await
    }
}
