//! What happened to a bot.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::BlobHash;
use crate::ids::NumberId;
use crate::time::Timestamp;

/// Events of one bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BotEvent {
    /// Made.
    Created {
        /// When.
        at: Timestamp,
        /// What people call it.
        name: String,
    },
    /// A draft was saved.
    DraftSaved {
        /// When.
        at: Timestamp,
        /// Counts drafts from 1.
        revision: u32,
        /// The scenario's blob.
        definition: BlobHash,
    },
    /// A version was published; it never changes.
    Published {
        /// When.
        at: Timestamp,
        /// Counts versions from 1.
        version: u32,
        /// The scenario's blob.
        definition: BlobHash,
    },
    /// The numbers it serves; holds all of them as they are now.
    Bound {
        /// When.
        at: Timestamp,
        /// The numbers.
        numbers: Vec<NumberId>,
    },
    /// Switched on: it answers on its numbers.
    Activated {
        /// When.
        at: Timestamp,
    },
    /// Switched off: it starts nowhere; running sessions go on.
    Deactivated {
        /// When.
        at: Timestamp,
    },
}

impl DomainEvent for BotEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Created { .. } => "BotCreated",
            Self::DraftSaved { .. } => "BotDraftSaved",
            Self::Published { .. } => "BotPublished",
            Self::Bound { .. } => "BotBound",
            Self::Activated { .. } => "BotActivated",
            Self::Deactivated { .. } => "BotDeactivated",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
