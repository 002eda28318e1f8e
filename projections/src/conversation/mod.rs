//! The list of conversations: who handles each, to whom it is assigned, what is unread, the window, the last
//! message, the bot's step; and what stands in a timeline beside messages.

mod apply;
mod entries;
mod entry_queries;
mod filter;
mod fold;
mod queries;
mod tables;
#[cfg(test)]
mod tests;
mod view;

pub use apply::ConversationProjection;
pub use entry_queries::{EntryKind, EntryView, NoteView, PersonName};
pub use filter::{AssigneeFilter, ConversationFilter, ConversationSort};
pub(crate) use queries::STATEMENTS;
pub(crate) use tables::{ConversationRow, EntryRow, SessionRow};
pub use view::{BotStep, ConversationView, Customer, HandlerView, LastMessage};
