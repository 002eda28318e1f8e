//! What happened to a bot.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::BlobHash;
use crate::ids::NumberId;
use crate::time::Timestamp;

/// Events of one bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum BotEvent {
    /// Made.
    ///
    /// Example: `{"Created":{"at":"2026-11-18T11:06:40Z","name":"Салон"}}`
    Created {
        /// When.
        at: Timestamp,
        /// What people call it.
        name: String,
    },
    /// A draft was saved.
    ///
    /// Example: `{"DraftSaved":{"at":"2026-11-18T11:06:41Z","revision":1,"definition":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}`
    DraftSaved {
        /// When.
        at: Timestamp,
        /// Counts drafts from 1.
        revision: u32,
        /// The scenario's blob.
        definition: BlobHash,
    },
    /// A version was published; it never changes.
    ///
    /// Example: `{"Published":{"at":"2026-11-18T11:06:42Z","version":1,"definition":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}`
    Published {
        /// When.
        at: Timestamp,
        /// Counts versions from 1.
        version: u32,
        /// The scenario's blob.
        definition: BlobHash,
    },
    /// The numbers it serves; holds all of them as they are now.
    ///
    /// Example: `{"Bound":{"at":"2026-11-18T11:06:43Z","numbers":["00000000-0000-0000-0000-000000000001"]}}`
    Bound {
        /// When.
        at: Timestamp,
        /// The numbers.
        numbers: Vec<NumberId>,
    },
    /// Switched on: it answers on its numbers.
    ///
    /// Example: `{"Activated":{"at":"2026-11-18T11:06:44Z"}}`
    Activated {
        /// When.
        at: Timestamp,
    },
    /// Switched off: it starts nowhere; running sessions go on.
    ///
    /// Example: `{"Deactivated":{"at":"2026-11-18T11:06:45Z"}}`
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
