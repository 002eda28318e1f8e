//! Saved views of the list of conversations.

mod apply;
mod queries;
mod tables;
#[cfg(test)]
mod tests;

pub use apply::SavedViewProjection;
pub(crate) use queries::STATEMENTS;
pub use queries::SavedViewView;
pub(crate) use tables::SavedViewRow;
