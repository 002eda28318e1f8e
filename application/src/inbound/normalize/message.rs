//! A message item: who sent it and what it is.

use domain::contact::Identity;
use domain::message::{Content, Quote, Referral};
use domain::time::Timestamp;
use serde_json::Value;

use super::content::content;
use super::context::{quote, referral};
use super::provider_at;
use super::sender::sender;
use crate::inbound::json::{member, object};

/// A message item, normalized.
#[derive(Clone, Debug, PartialEq)]
pub struct InboundMessage {
    /// Meta's id of it.
    pub wamid: String,
    /// Meta's timestamp.
    pub provider_at: Timestamp,
    /// What it says of its sender; may name nobody.
    pub sender: Identity,
    /// What it is.
    pub kind: InboundKind,
}

/// What a message item is.
#[derive(Clone, Debug, PartialEq)]
pub enum InboundKind {
    /// A message of the customer.
    Message(Box<MessageBody>),
    /// A reaction; `None` takes it back.
    Reaction {
        /// The message reacted to.
        target_wamid: String,
        /// The emoji.
        emoji: Option<String>,
    },
    /// A message was edited.
    Edit {
        /// The edited message.
        original_wamid: String,
        /// The new content.
        content: Content,
    },
    /// A message was deleted by the customer.
    Revoke {
        /// The deleted message.
        original_wamid: String,
    },
    /// WhatsApp tells something about the customer.
    Notice {
        /// Which notice.
        notice: String,
        /// The text WhatsApp shows.
        text: String,
        /// The object as it came.
        raw: Value,
    },
}

/// What a customer's message says.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageBody {
    /// Its content.
    pub content: Content,
    /// What it refers to.
    pub quote: Option<Quote>,
    /// The advertisement it came through.
    pub referral: Option<Referral>,
    /// The group it was written in.
    pub group_id: Option<String>,
    /// The quoted message.
    pub reply_to_wamid: Option<String>,
}

/// Normalizes a message; `None` if it has no id.
pub fn message(
    value: &Value,
    contacts: &[Value],
    received_at: Timestamp,
) -> Option<InboundMessage> {
    Some(InboundMessage {
        wamid: member(value, "id")?,
        provider_at: provider_at(value, received_at),
        sender: sender(value, contacts),
        kind: special(value).unwrap_or_else(|| InboundKind::Message(Box::new(body(value)))),
    })
}

/// Kinds that are no message of their own. With their object missing they are kept as unsupported ones.
fn special(value: &Value) -> Option<InboundKind> {
    let kind = value.get("type")?.as_str()?;
    match kind {
        "reaction" => {
            let reaction = object(value, "reaction")?;
            Some(InboundKind::Reaction {
                target_wamid: member(reaction, "message_id")?,
                emoji: member(reaction, "emoji"),
            })
        }
        "edit" => {
            let edit = object(value, "edit")?;
            Some(InboundKind::Edit {
                original_wamid: member(edit, "original_message_id")?,
                content: content(object(edit, "message")?),
            })
        }
        "revoke" => {
            let original_wamid = member(object(value, "revoke")?, "original_message_id")?;
            Some(InboundKind::Revoke { original_wamid })
        }
        "system" => {
            let system = object(value, "system");
            Some(InboundKind::Notice {
                notice: system
                    .and_then(|system| member(system, "type"))
                    .unwrap_or_else(|| kind.to_owned()),
                text: system
                    .and_then(|system| member(system, "body"))
                    .unwrap_or_default(),
                raw: value.clone(),
            })
        }
        "request_welcome" => Some(InboundKind::Notice {
            notice: kind.to_owned(),
            text: String::new(),
            raw: value.clone(),
        }),
        _ => None,
    }
}

fn body(value: &Value) -> MessageBody {
    let quote = quote(value);
    MessageBody {
        content: content(value),
        reply_to_wamid: quote.as_ref().and_then(|quote| quote.wamid.clone()),
        quote,
        referral: referral(value),
        group_id: member(value, "group_id"),
    }
}
