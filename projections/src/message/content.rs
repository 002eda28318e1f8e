//! The typed `payload` of a message, by kind. Text has none: its content says it all.

use domain::message::{Content, Media};
use serde_json::{Value, json};

/// The payload as the API shows it.
pub(super) fn payload(content: &Content) -> Option<Value> {
    Some(match content {
        Content::Text { .. } => return None,
        Content::Media(media) => media_payload(media),
        Content::Location {
            latitude,
            longitude,
            name,
            address,
            url,
        } => json!({
            "kind": "location", "latitude": latitude, "longitude": longitude,
            "name": name, "address": address, "url": url,
        }),
        Content::Contacts { cards } => json!({ "kind": "contacts", "contacts": cards }),
        Content::Buttons { buttons, .. } => json!({ "kind": "buttons", "buttons": buttons }),
        Content::ButtonReply { id, title } => {
            json!({ "kind": "button_reply", "id": id, "title": title })
        }
        Content::ListReply {
            id,
            title,
            description,
        } => json!({
            "kind": "list_reply", "id": id, "title": title, "description": description,
        }),
        Content::TemplateButton { payload, text } => {
            json!({ "kind": "template_button", "payload": payload, "text": text })
        }
        Content::FlowReply {
            name,
            response_json,
            ..
        } => {
            json!({ "kind": "flow_reply", "name": name, "response_json": response_json })
        }
        Content::CallPermissionReply {
            accepted,
            is_permanent,
            expiration_timestamp,
        } => json!({
            "kind": "call_permission_reply", "accepted": accepted,
            "is_permanent": is_permanent, "expiration_timestamp": expiration_timestamp,
        }),
        Content::Order {
            catalog_id,
            text,
            items,
        } => {
            json!({ "kind": "order", "catalog_id": catalog_id, "text": text, "items": items })
        }
        Content::Unsupported { kind, raw } => {
            json!({ "kind": "unsupported", "type": kind, "raw": raw })
        }
    })
}

/// The file is not fetched yet, so its size and address are unknown.
fn media_payload(media: &Media) -> Value {
    json!({
        "kind": "media", "mime_type": media.mime_type, "size_bytes": null,
        "file_name": media.file_name, "url": null, "state": "pending",
    })
}
