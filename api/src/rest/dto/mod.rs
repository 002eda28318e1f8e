//! What answers look like: every documented key always present, null when unknown. And what requests take.

mod conversation;
mod message;
mod number;
mod problem;
mod requests;

pub use conversation::{Conversation, ConversationBot, Customer, Handler, LastMessage, Named};
pub use message::{Message, MessageError, Reaction, Sender};
pub use number::{Number, Token};
pub use problem::{FieldError, Problem};
pub use requests::{
    AddNumber, EditNumber, SendMessage, TakeOver, ToggleNumber, UpdateConversation,
};

use domain::time::Timestamp;

fn time(at: Timestamp) -> String {
    at.to_rfc3339_millis()
}

fn opt_time(at: Option<Timestamp>) -> Option<String> {
    at.map(time)
}
