//! What happened to a saved view. Nothing personal is in it.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ViewFilter, ViewSort};
use crate::ids::TokenId;
use crate::time::Timestamp;

/// Events of one saved view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SavedViewEvent {
    /// Saved.
    /// Example: `{"Saved":{"at":"2025-12-29T09:20:00Z","name":"Ждут меня","owner":"00000000-0000-0000-0000-000000000061","filter":{"handler":"nobody","assignee":"me","awaiting":true,"tag":"vip"},"sort":"longest_waiting"}}`
    Saved {
        /// When.
        at: Timestamp,
        /// What people call it.
        name: String,
        /// Whose it is; nobody: it is shared.
        owner: Option<TokenId>,
        /// Which conversations.
        filter: ViewFilter,
        /// In which order.
        sort: ViewSort,
    },
    /// Changed: all as it is now; whose it is never changes.
    /// Example: `{"Edited":{"at":"2025-12-29T09:20:00Z","name":"Непрочитанные","filter":{"unread":true,"closed":false},"sort":"newest"}}`
    Edited {
        /// When.
        at: Timestamp,
        /// What people call it.
        name: String,
        /// Which conversations.
        filter: ViewFilter,
        /// In which order.
        sort: ViewSort,
    },
    /// Taken away.
    /// Example: `{"Removed":{"at":"2025-12-29T09:20:00Z"}}`
    Removed {
        /// When.
        at: Timestamp,
    },
}

impl DomainEvent for SavedViewEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Saved { .. } => "SavedViewSaved",
            Self::Edited { .. } => "SavedViewEdited",
            Self::Removed { .. } => "SavedViewRemoved",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
