//! What can be asked of a contact, and the rules that refuse it.

use super::Identity;
use crate::ids::{ContactId, SessionId};
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Commands of one contact.
#[derive(Clone, Debug, PartialEq)]
pub enum ContactCommand {
    /// Takes in what a delivery says of the customer: registers a new contact, else records only what
    /// changed. Evidence older (by provider time) than what is known fills gaps but overwrites nothing.
    Identify {
        /// Server time.
        now: Timestamp,
        /// The contact's own id.
        contact: ContactId,
        /// Provider time of the evidence.
        provider_at: Timestamp,
        /// What it says.
        identity: Identity,
    },
    /// A delivery named this contact and, by another identifier, another one. Known already: no event.
    FlagConflict {
        /// Server time.
        now: Timestamp,
        /// The other contact.
        other: ContactId,
    },
    /// Sets an attribute; same value: no event.
    SetAttribute {
        /// Server time.
        now: Timestamp,
        /// Name, 1 to 100 characters.
        key: String,
        /// Value, at most 65,536 bytes.
        value: String,
        /// The session that sets it.
        session: Option<SessionId>,
    },
    /// Assigns a tag; has it already: no event.
    AssignTag {
        /// Server time.
        now: Timestamp,
        /// The tag, trimmed, 1 to 100 characters.
        tag: String,
        /// The session that assigns it.
        session: Option<SessionId>,
    },
    /// Takes a tag away; has it not: no event.
    RemoveTag {
        /// Server time.
        now: Timestamp,
        /// The tag.
        tag: String,
    },
}

/// Rules that refuse a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// The contact does not exist.
    #[error("the contact does not exist")]
    NotFound,
    /// A name or value is empty or too long.
    #[error("{field} must have 1 to {limit} characters, it has {actual}")]
    Length {
        /// Which.
        field: &'static str,
        /// Allowed.
        limit: usize,
        /// Actual.
        actual: usize,
    },
}

impl Refusal for ContactError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Length { .. } => "invalid_length",
        }
    }
}
