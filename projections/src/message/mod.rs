//! The timeline of a conversation: messages with statuses, reactions, edits and why one was not answered.

mod apply;
mod content;
mod delivery;
mod fill;
mod fold;
mod queries;
mod status;
mod tables;
#[cfg(test)]
mod tests;
mod view;

pub use apply::MessageProjection;
pub(crate) use fold::{code, inbound_sort_at};
pub use queries::MessageCursor;
pub(crate) use queries::STATEMENTS;
pub(crate) use status::DeliveryFacts;
pub use status::{MessageError, MessageStatus, SendState};
pub(crate) use tables::{ChangeRow, DeliveryRow, InputRow, MessageRow, ReactionRow};
pub use view::{MessageView, ReactionView, SenderView};
