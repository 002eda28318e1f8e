//! Quick replies, as the composer offers them.

mod apply;
mod queries;
mod tables;
#[cfg(test)]
mod tests;

pub use apply::QuickReplyProjection;
pub use queries::QuickReplyView;
pub(crate) use queries::STATEMENTS;
pub(crate) use tables::QuickReplyRow;
