//! A delivery into items, each with the parts of its dedupe key.
//!
//! All messages come before all statuses before everything else; an item's place in that order is its
//! ordinal. The parts depend on the item alone, never on its neighbors, so that any batching of the
//! same items gives the same keys.

use serde_json::Value;

use super::canonical::canonical;
use super::envelope::Delivery;
use super::json::{elements, member, object};
use crate::ports::hashes::{KeyedHash, KeyedHashes};
use crate::ports::inbox::{HoldReason, ItemClass};

/// The field of messages and statuses.
const MESSAGES: &str = "messages";
/// What stands for an item that has no JSON of its own.
static NOTHING: Value = Value::Null;

/// One item of a delivery.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// Class.
    pub class: ItemClass,
    /// Meta's phone number id, if the item names one.
    pub phone_number_id: Option<String>,
    /// The item's own JSON.
    pub value: &'a Value,
    /// The people that the same `value` names.
    pub contacts: &'a [Value],
    /// Why it cannot be handled, if that is known already.
    pub hold: Option<HoldReason>,
    parts: Vec<String>,
}

impl Item<'_> {
    /// The dedupe key.
    pub fn dedupe(&self, hashes: &dyn KeyedHashes) -> KeyedHash {
        let parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        hashes.dedupe(&parts)
    }

    /// The parts of the dedupe key.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }
}

/// The dedupe key of the message with this wamid: how a reaction finds the message it is about.
pub fn message_dedupe(hashes: &dyn KeyedHashes, phone_number_id: &str, wamid: &str) -> KeyedHash {
    hashes.dedupe(&[MESSAGES, phone_number_id, wamid, "message"])
}

/// Splits a delivery; at least one item, whatever the body is.
pub fn split(delivery: &Delivery) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    match delivery.json() {
        Some(json)
            if json
                .get("object")
                .is_some_and(|object| object != "whatsapp_business_account") =>
        {
            items.push(Change::default().other("object", json));
        }
        Some(json) => elements(json, "entry")
            .iter()
            .for_each(|entry| split_entry(entry, &mut items)),
        None => {}
    }
    if items.is_empty() {
        items.push(unparsable(delivery.body()));
    }
    items.sort_by_key(|item| item.class);
    items
}

fn split_entry<'a>(entry: &'a Value, items: &mut Vec<Item<'a>>) {
    let head = Change {
        entry_id: member(entry, "id").unwrap_or_default(),
        entry_time: member(entry, "time").unwrap_or_default(),
        ..Change::default()
    };
    let changes = elements(entry, "changes");
    if changes.is_empty() {
        items.push(head.other("entry", entry));
    }
    for json in changes {
        let value = json.get("value").unwrap_or(&NOTHING);
        let change = Change {
            field: member(json, "field").unwrap_or_default(),
            phone_number_id: object(value, "metadata")
                .and_then(|metadata| member(metadata, "phone_number_id")),
            contacts: elements(value, "contacts"),
            ..head.clone()
        };
        let before = items.len();
        if change.field == MESSAGES {
            change.split(value, items);
        }
        if items.len() == before {
            items.push(change.other("value", value));
        }
    }
}

/// What all items of one change share.
#[derive(Clone, Default)]
struct Change<'a> {
    entry_id: String,
    entry_time: String,
    field: String,
    phone_number_id: Option<String>,
    contacts: &'a [Value],
}

impl<'a> Change<'a> {
    fn split(&self, value: &'a Value, items: &mut Vec<Item<'a>>) {
        for (name, json) in value.as_object().into_iter().flatten() {
            match (name.as_str(), json) {
                ("messaging_product" | "metadata" | "contacts", _) => {}
                (MESSAGES, Value::Array(messages)) => {
                    items.extend(messages.iter().map(|message| self.message(message)));
                }
                ("statuses", Value::Array(statuses)) => {
                    items.extend(statuses.iter().map(|status| self.status(status)));
                }
                (_, Value::Array(others)) if !others.is_empty() => {
                    items.extend(others.iter().map(|other| self.other(name, other)));
                }
                _ => items.push(self.other(name, json)),
            }
        }
    }

    fn message(&self, message: &'a Value) -> Item<'a> {
        let (Some(number), Some(wamid)) = (&self.phone_number_id, member(message, "id")) else {
            return self.other("message", message);
        };
        let placeholder = message
            .get("type")
            .is_some_and(|kind| kind == "media_placeholder");
        let class = if placeholder {
            "placeholder"
        } else {
            "message"
        };
        let parts = vec![self.field.clone(), number.clone(), wamid, class.to_owned()];
        self.item(ItemClass::Message, message, parts)
    }

    fn status(&self, status: &'a Value) -> Item<'a> {
        let (Some(number), Some(wamid), Some(name)) = (
            &self.phone_number_id,
            member(status, "id"),
            member(status, "status"),
        ) else {
            return self.other("status", status);
        };
        let parts = vec![
            self.field.clone(),
            number.clone(),
            wamid,
            name,
            recipient(status),
        ];
        self.item(ItemClass::Status, status, parts)
    }

    /// Kept raw; without an id of its own, its JSON is its key.
    fn other(&self, name: &str, json: &'a Value) -> Item<'a> {
        let parts = vec![
            self.field.clone(),
            self.entry_id.clone(),
            self.entry_time.clone(),
            self.phone_number_id.clone().unwrap_or_default(),
            name.to_owned(),
            canonical(json),
        ];
        let hold = Some(HoldReason::NotUnderstood);
        Item {
            hold,
            ..self.item(ItemClass::Other, json, parts)
        }
    }

    fn item(&self, class: ItemClass, value: &'a Value, parts: Vec<String>) -> Item<'a> {
        Item {
            class,
            phone_number_id: self.phone_number_id.clone(),
            value,
            contacts: self.contacts,
            hold: None,
            parts,
        }
    }
}

/// To whom a status is about; groups report each participant.
fn recipient(status: &Value) -> String {
    [
        "recipient_participant_id",
        "participant_recipient_id",
        "recipient_participant_user_id",
        "recipient_id",
        "recipient_user_id",
    ]
    .into_iter()
    .find_map(|name| member(status, name))
    .map(|recipient| recipient.trim_start_matches('+').to_owned())
    .unwrap_or_default()
}

fn unparsable(body: &[u8]) -> Item<'static> {
    // One character a byte: two bodies that differ in any byte keep keys that differ.
    let exact: String = body.iter().map(|byte| char::from(*byte)).collect();
    Item {
        class: ItemClass::Other,
        phone_number_id: None,
        value: &NOTHING,
        contacts: &[],
        hold: Some(HoldReason::Unparsable),
        parts: vec!["unparsable".to_owned(), exact],
    }
}
