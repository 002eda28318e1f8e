//! Request bodies as the Cloud API takes them.

use application::ports::cloud_api::{MetaError, SendRequest};
use domain::message::Content;
use serde_json::{Value, json};

/// Meta's code for a kind of message that cannot be sent.
const UNSUPPORTED_TYPE: i64 = 131_051;
/// Meta's code for a missing parameter.
const MISSING_PARAMETER: i64 = 131_008;

/// The body of a message; an error for what the guard should have refused before.
pub(super) fn message(request: &SendRequest) -> Result<Value, MetaError> {
    let mut body = match &request.content {
        Content::Text { body, preview_url } => json!({
            "type": "text",
            "text": { "body": body, "preview_url": preview_url.unwrap_or_else(|| has_link(body)) },
        }),
        Content::Buttons { body, buttons } => {
            let buttons: Vec<Value> = buttons
                .iter()
                .map(|button| {
                    json!({ "type": "reply", "reply": { "id": button.id, "title": button.title } })
                })
                .collect();
            json!({
                "type": "interactive",
                "interactive": {
                    "type": "button",
                    "body": { "text": body },
                    "action": { "buttons": buttons },
                },
            })
        }
        _ => {
            return Err(refusal(
                UNSUPPORTED_TYPE,
                "This kind of message cannot be sent",
            ));
        }
    };
    body["messaging_product"] = json!("whatsapp");
    body["recipient_type"] = json!("individual");
    body["biz_opaque_callback_data"] = json!(request.send_id.to_string());
    // Meta prefers the phone where both are given, so the other is not worth sending.
    match (&request.to.phone, &request.to.bsuid) {
        (Some(phone), _) => body["to"] = json!(with_plus(phone)),
        (None, Some(bsuid)) => body["recipient"] = json!(bsuid),
        (None, None) => return Err(refusal(MISSING_PARAMETER, "The message has no recipient")),
    }
    if let Some(wamid) = &request.reply_to_wamid {
        body["context"] = json!({ "message_id": wamid });
    }
    Ok(body)
}

/// The body that marks a message as read.
pub(super) fn mark_read(wamid: &str, typing: bool) -> Value {
    let mut body =
        json!({ "messaging_product": "whatsapp", "status": "read", "message_id": wamid });
    if typing {
        body["typing_indicator"] = json!({ "type": "text" });
    }
    body
}

/// Without `+` Meta may put the business' own country code in front.
fn with_plus(phone: &str) -> String {
    format!("+{}", phone.trim_start_matches('+'))
}

fn has_link(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("http://") || text.contains("https://")
}

fn refusal(code: i64, title: &str) -> MetaError {
    MetaError {
        code,
        title: title.to_owned(),
        detail: None,
    }
}
