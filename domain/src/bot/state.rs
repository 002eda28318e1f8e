//! A bot as its events leave it, and the rules of its life: draft, publish, bind, switch.

use std::collections::BTreeSet;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BlobHash, BotCommand, BotError, BotEvent};
use crate::any_event::aggregate_type;
use crate::ids::{ContactId, NumberId};
use crate::stream::StreamAggregate;
use crate::time::Timestamp;

/// Characters of a bot's name.
const NAME_LENGTH: usize = 100;

/// A bot with its drafts and versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bot {
    name: Option<String>,
    revision: u32,
    draft: Option<BlobHash>,
    version: u32,
    published: Option<BlobHash>,
    numbers: BTreeSet<NumberId>,
    active: bool,
}

impl Bot {
    /// Whether anything was written to this stream.
    pub const fn exists(&self) -> bool {
        self.name.is_some()
    }

    /// What people call it; empty before it exists.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("")
    }

    /// Counts drafts from 1; 0 before the first.
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// The last draft.
    pub const fn draft(&self) -> Option<&BlobHash> {
        self.draft.as_ref()
    }

    /// The newest published version; 0 before the first.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The definition of the newest published version.
    pub const fn published(&self) -> Option<&BlobHash> {
        self.published.as_ref()
    }

    /// The numbers it serves.
    pub const fn numbers(&self) -> &BTreeSet<NumberId> {
        &self.numbers
    }

    /// Whether it starts on its numbers.
    pub const fn is_active(&self) -> bool {
        self.active
    }

    fn create(&self, at: Timestamp, name: &str) -> Result<Vec<BotEvent>, BotError> {
        if self.exists() {
            return Err(BotError::AlreadyCreated);
        }
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_LENGTH {
            return Err(BotError::InvalidName);
        }
        Ok(vec![BotEvent::Created {
            at,
            name: name.to_owned(),
        }])
    }

    fn publish(&self, at: Timestamp) -> Result<Vec<BotEvent>, BotError> {
        let definition = self.draft.as_ref().ok_or(BotError::NoDraft)?;
        if self.published.as_ref() == Some(definition) {
            return Ok(Vec::new());
        }
        let (version, definition) = (self.version + 1, definition.clone());
        Ok(vec![BotEvent::Published {
            at,
            version,
            definition,
        }])
    }

    fn bind(&self, at: Timestamp, numbers: BTreeSet<NumberId>) -> Vec<BotEvent> {
        if numbers == self.numbers {
            return Vec::new();
        }
        vec![BotEvent::Bound {
            at,
            numbers: numbers.into_iter().collect(),
        }]
    }
}

impl Aggregate for Bot {
    const TYPE: &'static str = aggregate_type::BOT;
    type Command = BotCommand;
    type Event = BotEvent;
    type Error = BotError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        crate::stream::handle(self, command, sink).await
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            BotEvent::Created { name, .. } => self.name = Some(name),
            BotEvent::DraftSaved {
                revision,
                definition,
                ..
            } => {
                self.revision = revision;
                self.draft = Some(definition);
            }
            BotEvent::Published {
                version,
                definition,
                ..
            } => {
                self.version = version;
                self.published = Some(definition);
            }
            BotEvent::Bound { numbers, .. } => self.numbers = numbers.into_iter().collect(),
            BotEvent::Activated { .. } => self.active = true,
            BotEvent::Deactivated { .. } => self.active = false,
        }
    }
}

impl StreamAggregate for Bot {
    const EVENT_TYPES: &'static [&'static str] = &[
        "BotCreated",
        "BotDraftSaved",
        "BotPublished",
        "BotBound",
        "BotActivated",
        "BotDeactivated",
    ];

    fn decide(&self, command: &Self::Command) -> Result<Vec<Self::Event>, Self::Error> {
        match command {
            BotCommand::Create { now, name } => self.create(*now, name),
            _ if !self.exists() => Err(BotError::NotFound),
            // A `Scenario` can only be made by parsing, so this one has no problems.
            BotCommand::SaveDraft { definition, .. } if self.draft.as_ref() == Some(definition) => {
                Ok(Vec::new())
            }
            BotCommand::SaveDraft {
                now, definition, ..
            } => Ok(vec![BotEvent::DraftSaved {
                at: *now,
                revision: self.revision + 1,
                definition: definition.clone(),
            }]),
            BotCommand::Publish { now } => self.publish(*now),
            BotCommand::Bind { now, numbers } => {
                Ok(self.bind(*now, numbers.iter().copied().collect()))
            }
            BotCommand::BindMore { now, number } => {
                let mut numbers = self.numbers.clone();
                numbers.insert(*number);
                Ok(self.bind(*now, numbers))
            }
            BotCommand::Unbind { now, number } => {
                let mut numbers = self.numbers.clone();
                numbers.remove(number);
                Ok(self.bind(*now, numbers))
            }
            BotCommand::Activate { .. } if self.published.is_none() => Err(BotError::NotPublished),
            BotCommand::Activate { .. } if self.active => Ok(Vec::new()),
            BotCommand::Activate { now } => Ok(vec![BotEvent::Activated { at: *now }]),
            BotCommand::Deactivate { .. } if !self.active => Ok(Vec::new()),
            BotCommand::Deactivate { now } => Ok(vec![BotEvent::Deactivated { at: *now }]),
        }
    }

    /// Nothing in a bot's stream is a customer's.
    fn subject(&self) -> Option<ContactId> {
        None
    }

    fn lane_key(&self) -> Option<Uuid> {
        None
    }

    fn weight_bytes(&self) -> usize {
        let hashes = [&self.draft, &self.published];
        let hash_bytes: usize = hashes.into_iter().flatten().map(|hash| hash.0.len()).sum();
        size_of::<Self>()
            + self.name().len()
            + hash_bytes
            + self.numbers.len() * 2 * size_of::<NumberId>()
    }
}
