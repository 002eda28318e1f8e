//! What can be asked of a saved view, and the rules that refuse it.

use super::{ViewFilter, ViewSort};
use crate::field::FieldError;
use crate::ids::TokenId;
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Commands of one saved view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SavedViewCommand {
    /// Saves it.
    Save {
        /// Server time.
        now: Timestamp,
        /// Its name, 1 to 100 characters.
        name: String,
        /// Whose it is; nobody: it is shared.
        owner: Option<TokenId>,
        /// Which conversations.
        filter: ViewFilter,
        /// In which order.
        sort: ViewSort,
    },
    /// Changes it; the same: no event.
    Edit {
        /// Server time.
        now: Timestamp,
        /// Who asks: a view of one person is changed by that person only.
        by: TokenId,
        /// As in `Save`.
        name: String,
        /// Which conversations.
        filter: ViewFilter,
        /// In which order.
        sort: ViewSort,
    },
    /// Takes it away; already gone: no event.
    Remove {
        /// Server time.
        now: Timestamp,
        /// Who asks.
        by: TokenId,
    },
}

/// Rules that refuse a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedViewError {
    /// It does not exist, was removed, or is another person's: who may not see it learns nothing of it.
    #[error("the saved view does not exist")]
    NotFound,
    /// It exists already.
    #[error("the saved view exists already")]
    AlreadySaved,
    /// A field cannot be accepted.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl Refusal for SavedViewError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::AlreadySaved => "conflict",
            Self::Field(field) => field.code,
        }
    }
}
