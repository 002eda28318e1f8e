//! The list of conversations: who handles each, what is unread, the window, the last message, the bot's step.

mod apply;
mod fold;
mod queries;
mod tables;
#[cfg(test)]
mod tests;
mod view;

pub use apply::ConversationProjection;
pub(crate) use queries::STATEMENTS;
pub use queries::{ConversationFilter, ConversationSort};
pub(crate) use tables::{ConversationRow, NoteRow, SessionRow};
pub use view::{BotStep, ConversationView, Customer, HandlerView, LastMessage, NoteView};
