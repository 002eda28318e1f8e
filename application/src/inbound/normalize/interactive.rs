//! Answers to interactive messages. Seen in the wild: `interactive` without its object, and objects
//! without their inner `type`.

use domain::message::Content;
use serde_json::Value;

use super::content::expiration;
use crate::inbound::json::{flag, member, object};

const KINDS: [&str; 4] = [
    "button_reply",
    "list_reply",
    "nfm_reply",
    "call_permission_reply",
];

/// The content of an `interactive` object.
pub(super) fn interactive(own: &Value) -> Option<Content> {
    let named = member(own, "type");
    let kind = named
        .as_deref()
        .or_else(|| KINDS.into_iter().find(|kind| own.get(kind).is_some()))?;
    let reply = object(own, kind)?;
    match kind {
        "button_reply" => Some(Content::ButtonReply {
            id: member(reply, "id")?,
            title: member(reply, "title").unwrap_or_default(),
        }),
        "list_reply" => Some(Content::ListReply {
            id: member(reply, "id")?,
            title: member(reply, "title").unwrap_or_default(),
            description: member(reply, "description"),
        }),
        "nfm_reply" => Some(Content::FlowReply {
            name: member(reply, "name").unwrap_or_else(|| "flow".to_owned()),
            body: member(reply, "body").unwrap_or_default(),
            response_json: response_json(reply.get("response_json")),
        }),
        "call_permission_reply" => Some(Content::CallPermissionReply {
            accepted: reply.get("response")? == "accept",
            is_permanent: flag(reply, "is_permanent"),
            expiration_timestamp: expiration(reply),
        }),
        _ => None,
    }
}

/// JSON as text, verbatim; were it JSON itself, its text.
fn response_json(response: Option<&Value>) -> String {
    match response {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
