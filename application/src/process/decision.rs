//! What the manager takes in and what it decides.

use std::sync::Arc;

use domain::bot_session::{FailReason, HandOverCause};
use domain::conversation::{ChangeCause, UnansweredReason};
use domain::ids::{ContactId, DealId, MessageId, SessionId};
use serde::{Deserialize, Serialize};

use crate::ports::event_log::RecordedEvent;

/// Version of what the manager stores, decisions and states: raised with each change that the version before
/// cannot read.
pub const FORMAT: u32 = 1;

/// How nodes name a version of it among the kinds of events they can read.
pub fn format_kind(version: u32) -> String {
    format!("process@{version}")
}

/// An input of one instance.
#[derive(Clone, Debug)]
pub enum Input {
    /// An event of the log that concerns the conversation.
    Event(Arc<RecordedEvent>),
    /// A decision met a rule that refuses it.
    Refused {
        /// The decision.
        decision: Decision,
        /// The rule's code.
        code: String,
    },
    /// A decision could not be carried out five times.
    Poisoned {
        /// The decision.
        decision: Decision,
    },
    /// A wait of a session lasted too long.
    TimerFired {
        /// The session.
        session: SessionId,
        /// The wait.
        wait: u32,
    },
}

/// A decision, stored until it is carried out. `*_position` is the log position of the event that holds
/// the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Start the number's bot on a message, as this session.
    StartBot {
        /// The run to be.
        session: SessionId,
        /// The `MessageReceived` event.
        message_position: u64,
    },
    /// Give a message to a session.
    TakeInput {
        /// The run.
        session: SessionId,
        /// The `MessageReceived` event.
        message_position: u64,
    },
    /// Queue what a session composed.
    QueueReply {
        /// The run.
        session: SessionId,
        /// The `MessageComposed` event.
        composed_position: u64,
        /// The message.
        message: MessageId,
    },
    /// Set an attribute of the contact.
    SetAttribute {
        /// The contact.
        contact: Option<ContactId>,
        /// The run.
        session: SessionId,
        /// The `VariableSet` or `ActionTaken` event.
        value_position: u64,
    },
    /// Assign a tag to the contact.
    AssignTag {
        /// The run.
        session: SessionId,
        /// The `ActionTaken` event.
        value_position: u64,
    },
    /// Open a deal.
    CreateDeal {
        /// The run.
        session: SessionId,
        /// The deal.
        deal: DealId,
        /// The `ActionTaken` event.
        value_position: u64,
    },
    /// The session's part is over: nobody handles the conversation.
    ReleaseBot {
        /// The run.
        session: SessionId,
        /// Why.
        cause: ChangeCause,
    },
    /// A session that is over left something unsaid: people are awaited unless someone has it.
    AwaitPeople {
        /// The run.
        session: SessionId,
        /// The message that failed; only one of the run's last turn counts.
        failed: Option<MessageId>,
        /// Why.
        cause: ChangeCause,
        /// Not any more once the service window has closed.
        while_window_open: bool,
    },
    /// The customer waits for people: tell them if nobody answers at this hour.
    TellOutOfHours,
    /// A person handed back to a session: it goes on under this epoch.
    ResumeSession {
        /// The run.
        session: SessionId,
        /// The handler's epoch.
        epoch: u64,
    },
    /// Someone else decides: end the session.
    EndSession {
        /// The run.
        session: SessionId,
        /// Why.
        cause: HandOverCause,
    },
    /// The session cannot go on.
    FailSession {
        /// The run.
        session: SessionId,
        /// Why.
        reason: FailReason,
    },
    /// A wait lasted too long.
    ExpireSession {
        /// The run.
        session: SessionId,
        /// The wait.
        wait: u32,
    },
    /// Tell a session that its message could not be sent; cancels the rest of that turn unless the node
    /// has a failure branch.
    SendFailed {
        /// The run.
        session: SessionId,
        /// The message.
        message: MessageId,
        /// The code.
        code: String,
    },
    /// Record why no bot answered, where only the message's event is known.
    LeaveUnansweredAt {
        /// The `MessageReceived` event.
        message_position: u64,
        /// Why.
        reason: UnansweredReason,
    },
    /// Record why no bot answered.
    LeaveUnanswered {
        /// The customer's message.
        message: MessageId,
        /// Why.
        reason: UnansweredReason,
    },
}
