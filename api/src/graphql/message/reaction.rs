//! A reaction to a message.

use async_graphql::{Enum, SimpleObject};
use projections::message::ReactionView;

use crate::graphql::time::DateTime;

/// A reaction to a message.
#[derive(Debug, SimpleObject)]
pub(crate) struct Reaction {
    /// Whose it is.
    from: ReactionSide,
    /// The emoji.
    emoji: String,
    /// When.
    at: DateTime,
}

/// Whose reaction it is.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ReactionSide {
    /// The customer's.
    Customer,
    /// Ours.
    Us,
}

impl Reaction {
    pub(super) fn of(view: ReactionView) -> Self {
        Self {
            from: if view.from == "us" {
                ReactionSide::Us
            } else {
                ReactionSide::Customer
            },
            emoji: view.emoji,
            at: view.at.into(),
        }
    }
}
