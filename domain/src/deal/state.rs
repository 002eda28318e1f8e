//! The state of a deal: for whom it is, its stage and what it is about.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DealCommand, DealError, DealEvent, DealFields};
use crate::any_event::aggregate_type;
use crate::ids::{BotId, ContactId, ConversationId, SessionId};
use crate::personal::Personal;
use crate::stream::{self, StreamAggregate};

/// The stage every deal begins in.
const FIRST_STAGE: &str = "new";
/// Stands for a title that says nothing, so that a list never shows an empty line.
const NO_TITLE: &str = "-";

/// A deal.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Deal {
    origin: Option<Origin>,
    stage: String,
    fields: Option<DealFields>,
}

/// Where a deal came from; never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    contact: ContactId,
    conversation: ConversationId,
    bot: BotId,
    session: SessionId,
}

impl std::fmt::Debug for Deal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Deal")
            .field("origin", &self.origin)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

impl Deal {
    /// Whether it was opened.
    pub const fn exists(&self) -> bool {
        self.origin.is_some()
    }

    /// For whom.
    pub fn contact(&self) -> Option<ContactId> {
        self.origin.map(|origin| origin.contact)
    }

    /// Where.
    pub fn conversation(&self) -> Option<ConversationId> {
        self.origin.map(|origin| origin.conversation)
    }

    /// By which bot.
    pub fn bot(&self) -> Option<BotId> {
        self.origin.map(|origin| origin.bot)
    }

    /// In which run.
    pub fn session(&self) -> Option<SessionId> {
        self.origin.map(|origin| origin.session)
    }

    /// Its stage; empty before it was opened.
    pub fn stage(&self) -> &str {
        &self.stage
    }

    /// What it is about, unless erased.
    pub const fn fields(&self) -> Option<&DealFields> {
        self.fields.as_ref()
    }
}

impl Aggregate for Deal {
    const TYPE: &'static str = aggregate_type::DEAL;
    type Command = DealCommand;
    type Event = DealEvent;
    type Error = DealError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        stream::handle(self, command, sink).await
    }

    fn apply(&mut self, event: Self::Event) {
        let DealEvent::Created {
            contact,
            conversation,
            bot,
            session,
            stage,
            personal,
            ..
        } = event;
        self.origin = Some(Origin {
            contact,
            conversation,
            bot,
            session,
        });
        self.stage = stage;
        if let Personal::Open(fields) = personal {
            self.fields = Some(fields);
        }
    }
}

impl StreamAggregate for Deal {
    const EVENT_TYPES: &'static [&'static str] = &["DealCreated"];

    fn decide(&self, command: &DealCommand) -> Result<Vec<DealEvent>, DealError> {
        let DealCommand::Create {
            now,
            contact,
            conversation,
            bot,
            session,
            fields,
        } = command;
        if self.exists() {
            return Ok(Vec::new());
        }
        let mut fields = fields.clone();
        if fields.title.trim().is_empty() {
            NO_TITLE.clone_into(&mut fields.title);
        }
        Ok(vec![DealEvent::Created {
            at: *now,
            contact: *contact,
            conversation: *conversation,
            bot: *bot,
            session: *session,
            stage: FIRST_STAGE.to_owned(),
            personal: fields.into(),
        }])
    }

    fn subject(&self) -> Option<ContactId> {
        self.contact()
    }

    fn lane_key(&self) -> Option<Uuid> {
        self.conversation()
            .map(|conversation| conversation.as_uuid())
    }

    fn weight_bytes(&self) -> usize {
        let fields = self.fields.as_ref().map_or(0, |fields| {
            let attributes: usize = fields
                .attributes
                .iter()
                .map(|(key, value)| key.len() + value.len() + 2 * size_of::<String>())
                .sum();
            fields.title.len() + attributes
        });
        size_of::<Self>() + self.stage.len() + fields
    }
}
