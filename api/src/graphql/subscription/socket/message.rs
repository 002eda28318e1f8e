//! Messages of `graphql-transport-ws` as JSON.

use async_graphql::{Response, ServerError};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What clients send.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ClientMessage {
    /// Who it is.
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// Wants a pong.
    Ping {},
    /// Answers a ping.
    Pong {},
    /// Begins an operation.
    Subscribe {
        id: String,
        payload: Map<String, Value>,
    },
    /// Ends an operation.
    Complete { id: String },
}

/// Says that operations may begin.
pub(super) fn acknowledged() -> String {
    json!({"type": "connection_ack"}).to_string()
}

/// Answers a ping.
pub(super) fn pong() -> String {
    json!({"type": "pong"}).to_string()
}

/// A result of an operation.
pub(super) fn next(id: &str, response: &Response) -> String {
    json!({"type": "next", "id": id, "payload": response}).to_string()
}

/// The errors that end an operation.
pub(super) fn error(id: &str, errors: &[ServerError]) -> String {
    json!({"type": "error", "id": id, "payload": errors}).to_string()
}

/// An operation has ended.
pub(super) fn complete(id: &str) -> String {
    json!({"type": "complete", "id": id}).to_string()
}
