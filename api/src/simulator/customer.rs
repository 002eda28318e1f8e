//! What customers do with their phones, and the webhooks it causes.

use serde::Deserialize;
use serde_json::{Value, json};

use super::locked;
use super::meta::SimulatedMeta;
use super::payload::{Item, ItemId};
use super::phone::{Author, Bubble, Phone, Ticks};
use super::wamid::Writer;

/// One thing a customer does.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Writes a text.
    Text(String),
    /// Writes a text that quotes a message.
    Reply {
        /// The quoted message.
        message_id: String,
        /// The text.
        text: String,
    },
    /// Presses a reply button.
    Press {
        /// The button's id.
        id: String,
        /// The button's text.
        title: String,
        /// The message that has the button.
        #[serde(default)]
        message_id: Option<String>,
    },
    /// Reacts; an empty emoji takes the reaction back.
    Reaction {
        /// The message reacted to.
        message_id: String,
        /// The emoji.
        emoji: String,
    },
    /// Edits an own text.
    Edit {
        /// The edited message.
        message_id: String,
        /// The new text.
        text: String,
    },
    /// Deletes an own message for everyone.
    Revoke {
        /// The deleted message.
        message_id: String,
    },
    /// Anything else: the webhook's message object with its `type`, without id, sender and time.
    Raw(Value),
}

impl SimulatedMeta {
    /// Lets a customer act; returns the message id.
    pub fn act(&self, phone_number_id: &str, wa_id: &str, act: &Act) -> String {
        let wamid = self.wamids.next(wa_id, Writer::Customer);
        let display_phone_number = self.display_phone_number(phone_number_id);
        let at = self.seconds();
        let mut phones = locked(&self.phones);
        let phone = phones.of(phone_number_id, wa_id);
        let mut object = object(act, &display_phone_number);
        object["id"] = json!(wamid);
        object["timestamp"] = json!(at.to_string());
        object["from_user_id"] = json!(phone.bsuid());
        if !phone.profile.hides_phone {
            object["from"] = json!(wa_id);
        }
        phone.last_written_at = Some(self.clock.now());
        show(phone, &wamid, at, act);
        let item = Item {
            id: ItemId {
                phone_number_id: phone_number_id.to_owned(),
                id: wamid.clone(),
                status: None,
            },
            display_phone_number,
            wa_id: wa_id.to_owned(),
            contact: Some(phone.contact()),
            object,
        };
        drop(phones);
        self.counters.written.add(1);
        self.enqueue(item, std::time::Duration::ZERO);
        wamid
    }
}

/// The message as the webhook tells it, without what every message has.
fn object(act: &Act, business: &str) -> Value {
    match act {
        Act::Text(text) => json!({ "type": "text", "text": { "body": text } }),
        Act::Reply { message_id, text } => json!({
            "type": "text",
            "text": { "body": text },
            "context": { "from": business, "id": message_id },
        }),
        Act::Press {
            id,
            title,
            message_id,
        } => {
            let mut object = json!({
                "type": "interactive",
                "interactive": { "type": "button_reply", "button_reply": { "id": id, "title": title } },
            });
            if let Some(message_id) = message_id {
                object["context"] = json!({ "from": business, "id": message_id });
            }
            object
        }
        Act::Reaction { message_id, emoji } => json!({
            "type": "reaction",
            "reaction": { "message_id": message_id, "emoji": emoji },
        }),
        Act::Edit { message_id, text } => json!({
            "type": "edit",
            "edit": {
                "original_message_id": message_id,
                "message": { "type": "text", "text": { "body": text } },
            },
        }),
        Act::Revoke { message_id } => json!({
            "type": "revoke",
            "revoke": { "original_message_id": message_id },
        }),
        Act::Raw(object) if object.is_object() => object.clone(),
        Act::Raw(_) => json!({ "type": "unsupported" }),
    }
}

/// What the own phone shows of it.
fn show(phone: &mut Phone, wamid: &str, at: i64, act: &Act) {
    let (text, quotes) = match act {
        Act::Text(text) => (text.clone(), None),
        Act::Reply { message_id, text } => (text.clone(), Some(message_id.clone())),
        Act::Press {
            title, message_id, ..
        } => (title.clone(), message_id.clone()),
        Act::Reaction { message_id, emoji } => return phone.react(message_id, emoji),
        Act::Edit { message_id, text } => return phone.rewrite(message_id, text),
        Act::Revoke { message_id } => return phone.rewrite(message_id, ""),
        Act::Raw(object) => {
            let kind = object
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or("unsupported");
            (format!("[{kind}]"), None)
        }
    };
    phone.add(Bubble {
        version: 0,
        id: wamid.to_owned(),
        from: Author::Me,
        text,
        buttons: Vec::new(),
        quotes,
        reaction: None,
        ticks: Some(Ticks::Sent),
        at,
    });
}

impl Phone {
    /// The entry of `contacts` for this person.
    pub(super) fn contact(&self) -> Value {
        let mut profile = json!({ "name": self.profile.name });
        if let Some(username) = &self.profile.username {
            profile["username"] = json!(username);
        }
        let mut contact = json!({ "profile": profile, "user_id": self.bsuid() });
        if !self.profile.hides_phone {
            contact["wa_id"] = json!(self.wa_id);
        }
        contact
    }
}
