//! What can be asked of a quick reply, and the rules that refuse it.

use super::Texts;
use crate::field::FieldError;
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Commands of one quick reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuickReplyCommand {
    /// Adds it.
    Add {
        /// Server time.
        now: Timestamp,
        /// What is typed after `/`: 1 to 50 characters without spaces; a leading `/` is dropped.
        shortcut: String,
        /// 1 to 20 texts of at most 4096 UTF-16 units.
        texts: Texts,
    },
    /// Changes shortcut and texts; the same: no event.
    Edit {
        /// Server time.
        now: Timestamp,
        /// As in `Add`.
        shortcut: String,
        /// All texts; those not named are dropped.
        texts: Texts,
    },
    /// Takes it away; already gone: no event.
    Remove {
        /// Server time.
        now: Timestamp,
    },
}

/// Rules that refuse a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuickReplyError {
    /// It does not exist, or was removed.
    #[error("the quick reply does not exist")]
    NotFound,
    /// It exists already.
    #[error("the quick reply exists already")]
    AlreadyAdded,
    /// A field cannot be accepted.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl Refusal for QuickReplyError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::AlreadyAdded => "conflict",
            Self::Field(field) => field.code,
        }
    }
}
