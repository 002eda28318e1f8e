//! The conversation: one customer with one number, one handler at a time, one order.
//!
//! State holds no list of messages and nothing of delivery.

mod automatic;
mod bots;
mod command;
mod decide;
mod event;
mod receive;
mod state;
#[cfg(test)]
mod tests;
mod values;
mod work;

pub use command::{
    ConversationCommand, ConversationError, OutOfHours, QueueReply, ReceiveMessage, Received,
    SendByPerson,
};
pub use event::{
    ConversationEvent, EditedContent, Note, Notice, QueuedMessage, Reaction, ReceivedMessage,
    RevokedMessage,
};
pub use state::{Conversation, LastInbound};
pub use values::{
    Author, Automation, CancelReason, ChangeCause, Handler, Person, PersonKind, UnansweredReason,
};
