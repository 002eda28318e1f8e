//! What can be asked of a conversation, and the rules that refuse it.

use super::event::{EditedContent, Notice, Reaction, ReceivedMessage, RevokedMessage};
use super::{CancelReason, ChangeCause, Person, UnansweredReason};
use crate::field::FieldError;
use crate::ids::{BotId, ContactId, MessageId, NumberId, SessionId, TokenId};
use crate::message::Content;
use crate::send_guard::NumberFacts;
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Characters of a note.
pub(super) const NOTE_LIMIT: usize = 4096;

/// Commands of one conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum ConversationCommand {
    /// An inbound item reached this conversation (starts it when new).
    Receive(Received),
    /// A bot takes the conversation: refused unless nobody handles it, no one is awaited, it is open and
    /// `expected_epoch` is the present one. Emits `HandlerChanged` with epoch + 1.
    EngageBot {
        /// Server time.
        now: Timestamp,
        /// The bot.
        bot: BotId,
        /// The run that begins.
        session: SessionId,
        /// Epoch when the trigger was seen.
        expected_epoch: u64,
        /// The message that triggers it.
        trigger: Option<MessageId>,
    },
    /// A bot says something. Refused when its session no longer handles (`stale_epoch`) or by the guard.
    QueueReply(QueueReply),
    /// A bot ends its part: handler becomes nobody. `cause` `Completed`, `Expired` leave nobody awaited,
    /// all other causes set `awaiting_people_since`. No-op when this session no longer handles.
    ReleaseBot {
        /// Server time.
        now: Timestamp,
        /// The run that ends.
        session: SessionId,
        /// Why.
        cause: ChangeCause,
    },
    /// Nobody told the customer what a session that has ended wanted to say: a person is awaited. No-op
    /// where it is closed, a person or another session handles it, or one is awaited already.
    AwaitPeople {
        /// Server time.
        now: Timestamp,
        /// The run that is over or cannot go on.
        session: SessionId,
        /// Why.
        cause: ChangeCause,
        /// Not any more once the service window has closed: late news of an old message.
        while_window_open: bool,
    },
    /// A person takes over. Cancels `queued_bot_messages`. By the present handler: no event.
    TakeOver {
        /// Server time.
        now: Timestamp,
        /// Who.
        by: Person,
        /// Take it even from another person.
        force: bool,
        /// A note to leave.
        note: Option<String>,
        /// Bot messages that are queued and not yet attempted (fact from the outbox).
        queued_bot_messages: Vec<MessageId>,
    },
    /// A person writes. Reopens a closed conversation; takes over from a bot unless `keep_bot`.
    Send(SendByPerson),
    /// A person hands back: handler nobody, nobody awaited, bots may start again. With the run given that
    /// left the conversation to people, that run handles again (resume); another run is not taken up.
    HandBack {
        /// Server time.
        now: Timestamp,
        /// Who.
        by: Person,
        /// The run that shall go on, if it can (fact from the session).
        resume: Option<(BotId, SessionId)>,
    },
    /// Assigns it to a person, or to nobody. So already: no event.
    Assign {
        /// Server time.
        now: Timestamp,
        /// A person whose token works (fact from the token).
        to: Option<TokenId>,
        /// Who assigns.
        by: Person,
    },
    /// Leaves a note of 1 to 4096 characters.
    Note {
        /// Server time.
        now: Timestamp,
        /// Who.
        by: Person,
        /// The note.
        text: String,
    },
    /// A person has seen the messages up to this one, or all. Nothing new: no event.
    MarkRead {
        /// Server time.
        now: Timestamp,
        /// Who.
        by: Person,
        /// The last message seen.
        up_to: Option<MessageId>,
    },
    /// The customer waits for people outside the hours in which they answer. Told before in this waiting, or
    /// somebody handles it: no event.
    TellOutOfHours(OutOfHours),
    /// A person closes it. Ends bot handling, cancels what is queued. Already closed: no event.
    Close {
        /// Server time.
        now: Timestamp,
        /// Who.
        by: Person,
        /// Bot messages that are queued and not yet attempted.
        queued_bot_messages: Vec<MessageId>,
    },
    /// A person reopens it. Already open: no event.
    Reopen {
        /// Server time.
        now: Timestamp,
        /// Who.
        by: Person,
    },
    /// Queued messages will not be sent.
    CancelMessages {
        /// Server time.
        now: Timestamp,
        /// Which.
        messages: Vec<MessageId>,
        /// Why.
        reason: CancelReason,
    },
    /// Records why no bot answered a message.
    LeaveUnanswered {
        /// Server time.
        now: Timestamp,
        /// The customer's message.
        message: MessageId,
        /// Why.
        reason: UnansweredReason,
    },
}

/// An inbound item: everything the handler knows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceiveMessage {
    /// Our number.
    pub number: NumberId,
    /// The customer.
    pub contact: ContactId,
    /// Derived from the dedupe key.
    pub message: MessageId,
    /// When the delivery reached us.
    pub received_at: Timestamp,
    /// Meta's timestamp.
    pub provider_at: Timestamp,
}

/// Inbound items by what they are.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// A message.
    Message {
        /// Which, when, whose.
        head: ReceiveMessage,
        /// The quoted message.
        reply_to: Option<MessageId>,
        /// Content and Meta's ids.
        body: ReceivedMessage,
    },
    /// A reaction.
    Reaction {
        /// Which, when, whose.
        head: ReceiveMessage,
        /// The message reacted to.
        target: MessageId,
        /// The reaction.
        body: Reaction,
    },
    /// An edit.
    Edit {
        /// Which, when, whose.
        head: ReceiveMessage,
        /// The edited message.
        target: MessageId,
        /// The new content.
        body: EditedContent,
    },
    /// A deletion by the customer.
    Revoke {
        /// Which, when, whose.
        head: ReceiveMessage,
        /// The deleted message.
        target: MessageId,
        /// Meta's id of it.
        body: RevokedMessage,
    },
    /// A notice of WhatsApp.
    Notice {
        /// Which, when, whose.
        head: ReceiveMessage,
        /// What kind.
        notice: String,
        /// What it said.
        body: Notice,
    },
}

/// A bot's message.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueReply {
    /// Server time.
    pub now: Timestamp,
    /// The message and send id.
    pub message: MessageId,
    /// The bot.
    pub bot: BotId,
    /// Its version.
    pub version: u32,
    /// The run.
    pub session: SessionId,
    /// The turn.
    pub turn: u32,
    /// The node.
    pub node: String,
    /// The epoch under which the session decides.
    pub epoch: u64,
    /// What to say.
    pub content: Content,
    /// Facts of the number for the guard.
    pub number: NumberFacts,
}

/// What is told outside the hours in which people answer, with the facts of the settings.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfHours {
    /// Server time.
    pub now: Timestamp,
    /// The message and send id.
    pub message: MessageId,
    /// Whether people answer now.
    pub is_open: bool,
    /// What to say; nothing is set: nothing is said.
    pub text: Option<String>,
    /// Facts of the number for the guard.
    pub number: NumberFacts,
}

/// A person's message.
#[derive(Clone, Debug, PartialEq)]
pub struct SendByPerson {
    /// Server time.
    pub now: Timestamp,
    /// The message and send id.
    pub message: MessageId,
    /// Who writes.
    pub by: Person,
    /// What to say.
    pub content: Content,
    /// Our message that it quotes.
    pub reply_to: Option<MessageId>,
    /// Wamid of the quoted message.
    pub reply_to_wamid: Option<String>,
    /// The refused message that this one repeats.
    pub repeats: Option<MessageId>,
    /// Leave the bot in charge.
    pub keep_bot: bool,
    /// Bot messages that are queued and not yet attempted.
    pub queued_bot_messages: Vec<MessageId>,
    /// Facts of the number for the guard.
    pub number: NumberFacts,
}

/// Rules that refuse a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConversationError {
    /// The conversation does not exist.
    #[error("the conversation does not exist")]
    NotFound,
    /// The bot's session or epoch no longer handles the conversation.
    #[error("the bot no longer handles the conversation")]
    StaleEpoch,
    /// Someone handles it or is awaited, so no bot may start.
    #[error("the conversation is not free for a bot")]
    NotFree,
    /// Another person handles it.
    #[error("another person handles the conversation")]
    AlreadyTaken {
        /// Who.
        by: Person,
    },
    /// A field cannot be accepted.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The guard refuses the send.
    #[error(transparent)]
    Refused(#[from] crate::send_guard::SendRefusal),
}

impl Refusal for ConversationError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::StaleEpoch => "stale_epoch",
            Self::NotFree => "not_free",
            Self::AlreadyTaken { .. } => "already_taken",
            Self::Field(field) => field.code,
            Self::Refused(refusal) => refusal.code(),
        }
    }
}
