//! A status item: what Meta reports of a message we sent.

use domain::delivery::{FailureCode, StatusKind};
use domain::ids::MessageId;
use domain::time::Timestamp;
use serde_json::Value;

use super::provider_at;
use crate::inbound::json::{elements, integer, member, object};
use crate::meta_errors::failure_code;

/// A status item, normalized.
#[derive(Clone, Debug, PartialEq)]
pub struct InboundStatus {
    /// Meta's id of the message.
    pub wamid: String,
    /// Which status; `None` for those that mean nothing here (`deleted`, `warning`).
    pub status: Option<StatusKind>,
    /// Meta's timestamp.
    pub provider_at: Timestamp,
    /// Our send id, if the status echoes one.
    pub send_id: Option<MessageId>,
    /// `pricing`, verbatim; groups nest it in `conversation`.
    pub pricing: Option<Value>,
    /// For `failed`: our code, Meta's code, title, details.
    pub failure: Option<(FailureCode, Option<i64>, String, Option<String>)>,
}

/// Normalizes a status; `None` if it has no id, or reports what this version does not know: it is kept.
pub fn status(value: &Value, received_at: Timestamp) -> Option<InboundStatus> {
    let kind = match kind(value)? {
        Named::Status(kind) => Some(kind),
        Named::Nothing => None,
    };
    Some(InboundStatus {
        wamid: member(value, "id")?,
        status: kind,
        provider_at: provider_at(value, received_at),
        send_id: member(value, "biz_opaque_callback_data").and_then(|text| text.parse().ok()),
        pricing: pricing(value),
        failure: (kind == Some(StatusKind::Failed)).then(|| failure(value)),
    })
}

/// What the name of a status says.
enum Named {
    Status(StatusKind),
    /// Nothing that matters here.
    Nothing,
}

/// `None`: not known.
fn kind(value: &Value) -> Option<Named> {
    Some(match value.get("status")?.as_str()? {
        "sent" => Named::Status(StatusKind::Sent),
        "delivered" => Named::Status(StatusKind::Delivered),
        "read" => Named::Status(StatusKind::Read),
        "played" => Named::Status(StatusKind::Played),
        "failed" => Named::Status(StatusKind::Failed),
        "deleted" | "warning" => Named::Nothing,
        _ => return None,
    })
}

fn pricing(value: &Value) -> Option<Value> {
    let nested = || object(value, "conversation").and_then(|nested| object(nested, "pricing"));
    object(value, "pricing").or_else(nested).cloned()
}

/// Old payloads have only code and title, or the details at the top; `error_data` may be a plain text.
fn failure(value: &Value) -> (FailureCode, Option<i64>, String, Option<String>) {
    let Some(error) = elements(value, "errors").first() else {
        return (
            FailureCode("rejected_by_meta".to_owned()),
            None,
            String::new(),
            None,
        );
    };
    let code = error.get("code").and_then(integer);
    let ours = code.map_or_else(|| FailureCode("rejected_by_meta".to_owned()), failure_code);
    let title = member(error, "title")
        .or_else(|| member(error, "message"))
        .unwrap_or_default();
    let detail = object(error, "error_data")
        .and_then(|data| member(data, "details"))
        .or_else(|| member(error, "error_data"))
        .or_else(|| member(error, "details"));
    (ours, code, title, detail)
}
