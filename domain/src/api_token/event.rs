//! What happened to an API token.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Role;
use crate::time::Timestamp;

/// Events of one token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum ApiTokenEvent {
    /// Made.
    /// Example: `{"Made":{"at":"2025-12-29T09:20:00Z","name":"CRM","role":"agent","hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}`
    Made {
        /// When.
        at: Timestamp,
        /// What people call it.
        name: String,
        /// What it may do.
        role: Role,
        /// SHA-256 of the token as 64 hex digits.
        hash: String,
        /// When it ends by itself; absent: it holds until it is revoked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// Taken back: it opens nothing any more.
    /// Example: `{"Revoked":{"at":"2025-12-29T09:20:00Z"}}`
    Revoked {
        /// When.
        at: Timestamp,
    },
}

impl DomainEvent for ApiTokenEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Made { .. } => "ApiTokenMade",
            Self::Revoked { .. } => "ApiTokenRevoked",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
