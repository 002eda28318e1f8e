//! What an answer proves. Branches on Meta's `code` only; what is no definite yes or no is unknown.

use std::time::Duration;

use application::ports::cloud_api::{MetaError, SendOutcome};
use domain::delivery::UnknownCause;
use serde_json::Value;

/// Codes that prove the message was not processed.
const THROTTLED: [i64; 6] = [4, 613, 80_007, 130_429, 131_056, 131_057];
/// Codes of a refused token.
const AUTH: [i64; 2] = [0, 190];
/// Codes that leave open whether the message was processed.
const AMBIGUOUS: [i64; 4] = [1, 2, 131_000, 131_016];
/// Too many requests, also as Meta's code where the answer names none.
const TOO_MANY_REQUESTS: u16 = 429;

/// An answer as it was read.
#[derive(Debug)]
pub(super) struct Answer {
    /// HTTP status.
    pub(super) status: u16,
    /// `Retry-After`.
    pub(super) retry_after: Option<Duration>,
    /// The body, if it is JSON.
    pub(super) body: Option<Value>,
    /// How the body was lost, if it was.
    pub(super) lost: Option<UnknownCause>,
}

/// A Graph error with what decides besides its code.
struct GraphError {
    error: MetaError,
    is_transient: bool,
}

/// Classifies an answer.
pub(super) fn classify(answer: &Answer) -> SendOutcome {
    let graph_error = answer.body.as_ref().and_then(graph_error);
    let code = graph_error.as_ref().map(|graph| graph.error.code);
    if let Some(meta_code) = code.filter(|code| THROTTLED.contains(code)) {
        return SendOutcome::Throttled {
            meta_code,
            retry_after: answer.retry_after,
        };
    }
    if answer.status == TOO_MANY_REQUESTS {
        let meta_code = i64::from(TOO_MANY_REQUESTS);
        return SendOutcome::Throttled {
            meta_code,
            retry_after: answer.retry_after,
        };
    }
    if let Some(cause) = answer.lost {
        return SendOutcome::Unknown { cause };
    }
    let ambiguous = SendOutcome::Unknown {
        cause: UnknownCause::Ambiguous,
    };
    if answer.status >= 500 {
        return ambiguous;
    }
    match graph_error {
        Some(graph) if AUTH.contains(&graph.error.code) => SendOutcome::AuthBroken {
            meta_code: graph.error.code,
        },
        Some(graph) if graph.is_transient || AMBIGUOUS.contains(&graph.error.code) => ambiguous,
        Some(graph) => SendOutcome::Rejected(graph.error),
        None if (200..300).contains(&answer.status) => {
            answer.body.as_ref().and_then(accepted).unwrap_or(ambiguous)
        }
        None => ambiguous,
    }
}

fn graph_error(body: &Value) -> Option<GraphError> {
    let error = body.get("error")?;
    let code = error.get("code")?;
    let code = code
        .as_i64()
        .or_else(|| code.as_str()?.trim().parse().ok())?;
    let title = text(error, "message")
        .or_else(|| text(error, "title"))
        .unwrap_or_default();
    // Meta writes `error_data` as an object, sometimes as a string.
    let data = error.get("error_data");
    let detail = data
        .and_then(|data| text(data, "details").or_else(|| data.as_str().map(str::to_owned)))
        .or_else(|| text(error, "error_user_msg"));
    let is_transient = error
        .get("is_transient")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    Some(GraphError {
        error: MetaError {
            code,
            title,
            detail,
        },
        is_transient,
    })
}

fn accepted(body: &Value) -> Option<SendOutcome> {
    let message = body.get("messages")?.get(0)?;
    let contact = body.get("contacts").and_then(|contacts| contacts.get(0));
    Some(SendOutcome::Accepted {
        wamid: text(message, "id")?,
        wa_id: contact.and_then(|contact| text(contact, "wa_id")),
        user_id: contact.and_then(|contact| text(contact, "user_id")),
        message_status: text(message, "message_status"),
    })
}

/// A member that is a text with something in it.
fn text(value: &Value, name: &str) -> Option<String> {
    value
        .get(name)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}
