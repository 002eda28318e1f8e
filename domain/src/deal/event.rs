//! What happened to a deal.

use std::collections::BTreeMap;

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{BotId, ContactId, ConversationId, SessionId};
use crate::personal::Personal;
use crate::time::Timestamp;

/// Events of one deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum DealEvent {
    /// Opened.
    /// Example: `{"Created":{"at":"2025-12-29T09:20:00Z","contact":"00000000-0000-0000-0000-000000000001","conversation":"00000000-0000-0000-0000-000000000002","bot":"00000000-0000-0000-0000-000000000003","session":"00000000-0000-0000-0000-000000000004","stage":"new","personal":{"title":"Boots","attributes":{"size":"42"}}}}`
    Created {
        /// When.
        at: Timestamp,
        /// For whom; whose key seals this stream.
        contact: ContactId,
        /// Where.
        conversation: ConversationId,
        /// By which bot.
        bot: BotId,
        /// In which run.
        session: SessionId,
        /// The stage it begins in.
        stage: String,
        /// What it is about.
        personal: Personal<DealFields>,
    },
}

/// Personal fields of a deal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DealFields {
    /// One line.
    pub title: String,
    /// The contact's attributes when it was opened.
    pub attributes: BTreeMap<String, String>,
}

impl DomainEvent for DealEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Created { .. } => "DealCreated",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
