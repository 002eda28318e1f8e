//! Deliveries as Meta writes and signs them.

use api::simulator::bsuid;
use infrastructure::webhook_signature::sign;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{APP_SECRET, PHONE_NUMBER_ID};

/// A delivery in the making: values of `messages` fields of one number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delivery {
    changes: Vec<Value>,
}

impl Delivery {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// One change with these messages of one customer and statuses.
    pub(crate) fn change(
        mut self,
        wa_id: &str,
        name: &str,
        messages: &[Value],
        statuses: &[Value],
    ) -> Self {
        let mut value = json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "79001234567", "phone_number_id": PHONE_NUMBER_ID},
        });
        if !messages.is_empty() {
            value["contacts"] = json!([{
                "profile": {"name": name}, "wa_id": wa_id, "user_id": bsuid(wa_id),
            }]);
            value["messages"] = json!(messages);
        }
        if !statuses.is_empty() {
            value["statuses"] = json!(statuses);
        }
        self.changes
            .push(json!({"field": "messages", "value": value}));
        self
    }

    /// The body's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        json!({
            "object": "whatsapp_business_account",
            "entry": [{"id": "987654321098765", "changes": self.changes}],
        })
        .to_string()
        .into_bytes()
    }
}

/// A text message of a customer.
pub(crate) fn inbound_text(wa_id: &str, wamid: &str, at: i64, body: &str) -> Value {
    json!({
        "from": wa_id, "from_user_id": bsuid(wa_id), "id": wamid, "timestamp": at.to_string(),
        "type": "text", "text": {"body": body},
    })
}

/// A status of a message of ours.
pub(crate) fn status(wa_id: &str, wamid: &str, at: i64, kind: &str) -> Value {
    json!({
        "id": wamid, "status": kind, "timestamp": at.to_string(), "recipient_id": wa_id,
        "recipient_user_id": bsuid(wa_id),
    })
}

/// The signature header of a body under the tests' app secret.
pub(crate) fn signed(body: &[u8]) -> String {
    sign(&SecretString::from(APP_SECRET), body)
}
