//! What can be asked of an API token.

use super::Role;
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Commands of one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiTokenCommand {
    /// Makes it. Name 1 to 100 characters.
    Make {
        /// Server time.
        now: Timestamp,
        /// Name.
        name: String,
        /// Role.
        role: Role,
        /// SHA-256 of the token as 64 hex digits.
        hash: String,
        /// When it ends by itself, after `now`; without: it holds until it is revoked.
        expires_at: Option<Timestamp>,
    },
    /// Takes it back; already revoked: no event.
    Revoke {
        /// Server time.
        now: Timestamp,
    },
}

/// Rules that refuse a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiTokenError {
    /// The token does not exist.
    #[error("the token does not exist")]
    NotFound,
    /// The token exists already.
    #[error("the token exists already")]
    AlreadyMade,
    /// The name is empty or too long.
    #[error("name must have 1 to 100 characters")]
    InvalidName,
    /// It would have ended before it began.
    #[error("expires_at must be in the future")]
    InvalidExpiry,
}

impl Refusal for ApiTokenError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::AlreadyMade => "token_exists",
            Self::InvalidName => "invalid_name",
            Self::InvalidExpiry => "invalid_expiry",
        }
    }
}
