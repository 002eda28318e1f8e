//! A conversation as its events leave it. What a command makes of it is decided in `decide`.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::decide::decide;
use super::{Author, ConversationCommand, ConversationError, ConversationEvent, Handler};
use crate::any_event::aggregate_type;
use crate::ids::{ContactId, MessageId, NumberId};
use crate::stream::StreamAggregate;
use crate::time::Timestamp;

/// One customer's conversation with one number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conversation {
    parties: Option<Parties>,
    handler: Handler,
    epoch: u64,
    closed: bool,
    awaiting_people_since: Option<Timestamp>,
    last_inbound: Option<LastInbound>,
    unread: u32,
}

/// Who talks with whom; set by the first event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Parties {
    number: NumberId,
    contact: ContactId,
}

/// The customer's latest message by provider time: it opens the service window and can be marked as read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastInbound {
    /// The message.
    pub message: MessageId,
    /// Meta's id of it; `None` after erasure.
    pub wamid: Option<String>,
    /// Meta's timestamp.
    pub provider_at: Timestamp,
}

impl std::fmt::Debug for LastInbound {
    /// Leaves out the wamid: it contains the phone number.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LastInbound")
            .field("message", &self.message)
            .field("provider_at", &self.provider_at)
            .finish_non_exhaustive()
    }
}

impl Conversation {
    /// Whether anything was written to this stream.
    pub const fn exists(&self) -> bool {
        self.parties.is_some()
    }

    /// Our number.
    pub fn number(&self) -> Option<NumberId> {
        self.parties.map(|parties| parties.number)
    }

    /// The customer.
    pub fn contact(&self) -> Option<ContactId> {
        self.parties.map(|parties| parties.contact)
    }

    /// Who handles it.
    pub const fn handler(&self) -> &Handler {
        &self.handler
    }

    /// Counts the changes of the handler.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether a person closed it and nobody wrote or opened it since.
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Since when a person is awaited; while set no bot starts.
    pub const fn awaiting_people_since(&self) -> Option<Timestamp> {
        self.awaiting_people_since
    }

    /// Latest provider time of a message of the customer.
    pub fn last_inbound_at(&self) -> Option<Timestamp> {
        self.last_inbound.as_ref().map(|last| last.provider_at)
    }

    /// The customer's latest message by provider time.
    pub const fn last_inbound(&self) -> Option<&LastInbound> {
        self.last_inbound.as_ref()
    }

    /// Messages of the customer since a person last took over or wrote.
    pub const fn unread(&self) -> u32 {
        self.unread
    }

    fn remember_inbound(&mut self, inbound: LastInbound) {
        let is_latest = self
            .last_inbound_at()
            .is_none_or(|at| inbound.provider_at >= at);
        if is_latest {
            self.last_inbound = Some(inbound);
        }
    }
}

impl Aggregate for Conversation {
    const TYPE: &'static str = aggregate_type::CONVERSATION;
    type Command = ConversationCommand;
    type Event = ConversationEvent;
    type Error = ConversationError;
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
            ConversationEvent::Started {
                number, contact, ..
            } => {
                self.parties = Some(Parties { number, contact });
            }
            ConversationEvent::MessageReceived {
                message,
                provider_at,
                personal,
                ..
            } => {
                self.unread = self.unread.saturating_add(1);
                let wamid = personal.open().map(|fields| fields.wamid.clone());
                self.remember_inbound(LastInbound {
                    message,
                    wamid,
                    provider_at,
                });
            }
            ConversationEvent::MessageQueued {
                author: Author::Person(_),
                ..
            } => self.unread = 0,
            ConversationEvent::HandlerChanged {
                handler,
                epoch,
                awaiting_people_since,
                ..
            } => {
                if matches!(handler, Handler::Person(_)) {
                    self.unread = 0;
                }
                self.handler = handler;
                self.epoch = epoch;
                self.awaiting_people_since = awaiting_people_since;
            }
            ConversationEvent::Closed { .. } => self.closed = true,
            ConversationEvent::Reopened { .. } => self.closed = false,
            ConversationEvent::MessageQueued { .. }
            | ConversationEvent::MessageCanceled { .. }
            | ConversationEvent::ReactionReceived { .. }
            | ConversationEvent::EditReceived { .. }
            | ConversationEvent::RevokeReceived { .. }
            | ConversationEvent::NoticeReceived { .. }
            | ConversationEvent::LeftUnanswered { .. }
            | ConversationEvent::Noted { .. } => {}
        }
    }
}

impl StreamAggregate for Conversation {
    const EVENT_TYPES: &'static [&'static str] = &[
        "ConversationStarted",
        "ConversationMessageReceived",
        "ConversationMessageQueued",
        "ConversationMessageCanceled",
        "ConversationReactionReceived",
        "ConversationEditReceived",
        "ConversationRevokeReceived",
        "ConversationNoticeReceived",
        "ConversationHandlerChanged",
        "ConversationLeftUnanswered",
        "ConversationNoted",
        "ConversationClosed",
        "ConversationReopened",
    ];

    fn decide(&self, command: &Self::Command) -> Result<Vec<Self::Event>, Self::Error> {
        decide(self, command)
    }

    fn subject(&self) -> Option<ContactId> {
        self.contact()
    }

    /// Its own stream id gives the lane.
    fn lane_key(&self) -> Option<Uuid> {
        None
    }

    fn weight_bytes(&self) -> usize {
        let wamid = self
            .last_inbound
            .as_ref()
            .and_then(|last| last.wamid.as_ref());
        size_of::<Self>() + wamid.map_or(0, String::len)
    }
}
