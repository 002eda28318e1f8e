//! What happened to a quick reply. Its texts are the company's own: nothing personal is in them.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Texts;
use crate::time::Timestamp;

/// Events of one quick reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum QuickReplyEvent {
    /// Added.
    /// Example: `{"Added":{"at":"2025-12-29T09:20:00Z","shortcut":"hi","texts":{"en":"Hello!","ru":"Здравствуйте!"}}}`
    Added {
        /// When.
        at: Timestamp,
        /// What is typed after `/`.
        shortcut: String,
        /// The texts by language.
        texts: Texts,
    },
    /// Changed: both as they are now.
    /// Example: `{"Edited":{"at":"2025-12-29T09:20:00Z","shortcut":"hello","texts":{"en":"Hello!"}}}`
    Edited {
        /// When.
        at: Timestamp,
        /// What is typed after `/`.
        shortcut: String,
        /// The texts by language.
        texts: Texts,
    },
    /// Taken away.
    /// Example: `{"Removed":{"at":"2025-12-29T09:20:00Z"}}`
    Removed {
        /// When.
        at: Timestamp,
    },
}

impl DomainEvent for QuickReplyEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Added { .. } => "QuickReplyAdded",
            Self::Edited { .. } => "QuickReplyEdited",
            Self::Removed { .. } => "QuickReplyRemoved",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
