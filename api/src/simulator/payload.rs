//! Webhook bodies as Meta writes them: shape, batching, escapes and signature.

use std::io;

use serde::Serialize;
use serde_json::{Value, json};

/// WABA under which everything happens.
pub(super) const WABA_ID: &str = "100000000000002";

/// What a webhook item is, for the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct ItemId {
    /// The number it is for.
    pub phone_number_id: String,
    /// Meta's message id.
    pub id: String,
    /// The status it reports; `None` for a message.
    pub status: Option<&'static str>,
}

/// One message or status to be delivered.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: ItemId,
    pub(super) display_phone_number: String,
    pub(super) wa_id: String,
    /// Entry of `contacts`; `None` where Meta leaves it out.
    pub(super) contact: Option<Value>,
    pub(super) object: Value,
}

impl Item {
    fn list(&self) -> &'static str {
        if self.id.status.is_some() {
            "statuses"
        } else {
            "messages"
        }
    }
}

/// The body of a POST for these items; neighbors of one number and kind share a `value`.
pub(super) fn body(items: &[Item]) -> Vec<u8> {
    let same =
        |a: &Item, b: &Item| a.id.phone_number_id == b.id.phone_number_id && a.list() == b.list();
    let changes: Vec<Value> = items.chunk_by(same).filter_map(change).collect();
    let entry = json!({ "id": WABA_ID, "changes": changes });
    escaped(&json!({ "object": "whatsapp_business_account", "entry": [entry] }))
}

fn change(items: &[Item]) -> Option<Value> {
    let first = items.first()?;
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": first.display_phone_number,
            "phone_number_id": first.id.phone_number_id,
        },
    });
    let mut contacts: Vec<Value> = Vec::new();
    for contact in items.iter().filter_map(|item| item.contact.as_ref()) {
        if !contacts.contains(contact) {
            contacts.push(contact.clone());
        }
    }
    if !contacts.is_empty() {
        value["contacts"] = Value::Array(contacts);
    }
    value[first.list()] = items.iter().map(|item| item.object.clone()).collect();
    Some(json!({ "field": "messages", "value": value }))
}

/// JSON in ASCII with `\uXXXX` and `\/`, as Meta sends and signs it.
fn escaped(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, MetaEscapes);
    // Writing a value into memory cannot fail; an empty body would be refused and seen at once.
    let _written = value.serialize(&mut serializer);
    bytes
}

struct MetaEscapes;

impl serde_json::ser::Formatter for MetaEscapes {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut units = [0_u16; 2];
        for character in fragment.chars() {
            match character {
                '/' => writer.write_all(b"\\/")?,
                ' '..='~' => writer.write_all(&[u8::try_from(character).unwrap_or(b'?')])?,
                _ => {
                    for unit in character.encode_utf16(&mut units) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }
}
