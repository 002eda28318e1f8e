//! A conversation as its events leave it. What a command makes of it is decided in `decide`.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::decide::decide;
use super::work::UnreadMessages;
use super::{
    Author, Automation, ChangeCause, ConversationCommand, ConversationError, ConversationEvent,
    Handler,
};
use crate::any_event::aggregate_type;
use crate::ids::{BotId, ContactId, MessageId, NumberId, SessionId, TokenId};
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
    unread_messages: UnreadMessages,
    assignee: Option<TokenId>,
    /// The run that left the conversation to people.
    left_run: Option<(BotId, SessionId)>,
    told_out_of_hours: bool,
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

    /// Messages of the customer since a person last took over, wrote or read.
    pub const fn unread(&self) -> u32 {
        self.unread
    }

    /// To whom it is assigned.
    pub const fn assignee(&self) -> Option<TokenId> {
        self.assignee
    }

    /// The bot's run that left the conversation to people and has not been replaced since.
    pub const fn left_run(&self) -> Option<(BotId, SessionId)> {
        self.left_run
    }

    /// Whether the customer was told in this waiting that nobody answers at this hour.
    pub const fn was_told_out_of_hours(&self) -> bool {
        self.told_out_of_hours
    }

    pub(super) const fn unread_messages(&self) -> &UnreadMessages {
        &self.unread_messages
    }

    fn read(&mut self, unread: u32) {
        self.unread = unread;
        self.unread_messages.keep(unread);
    }

    /// Who left the conversation to people, and whether the waiting goes on: a change of nobody's waiting
    /// into another one does not begin it anew.
    fn hand_on(&mut self, handler: &Handler, cause: ChangeCause) {
        if let Handler::Bot { bot, session } = self.handler {
            self.left_run = Some((bot, session));
        }
        let leaves_it_to_people = matches!(
            cause,
            ChangeCause::TakenOver
                | ChangeCause::HandedOver
                | ChangeCause::SendFailed
                | ChangeCause::NotUnderstood
        );
        if !leaves_it_to_people {
            self.left_run = None;
        }
        let stays_waiting = self.handler == Handler::Nobody
            && *handler == Handler::Nobody
            && !matches!(cause, ChangeCause::HandedBack | ChangeCause::Closed);
        if !stays_waiting {
            self.told_out_of_hours = false;
        }
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
                self.unread_messages.push(message);
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
            } => {
                self.read(0);
                self.told_out_of_hours = false;
            }
            ConversationEvent::MessageQueued {
                author: Author::Automation(Automation::OutOfHours),
                ..
            } => self.told_out_of_hours = true,
            ConversationEvent::ReadByOperator { unread, .. } => self.read(unread),
            ConversationEvent::Assigned { to, .. } => self.assignee = to,
            ConversationEvent::HandlerChanged {
                handler,
                epoch,
                cause,
                awaiting_people_since,
                ..
            } => {
                if matches!(handler, Handler::Person(_)) {
                    self.read(0);
                }
                self.hand_on(&handler, cause);
                self.handler = handler;
                self.epoch = epoch;
                self.awaiting_people_since = awaiting_people_since;
            }
            ConversationEvent::Closed { .. } => {
                self.closed = true;
                self.told_out_of_hours = false;
            }
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
        "ConversationAssigned",
        "ConversationReadByOperator",
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
        size_of::<Self>() + self.unread_messages.weight_bytes() + wamid.map_or(0, String::len)
    }
}
