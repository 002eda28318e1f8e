//! What can be asked of a number, and the rules that refuse it.

use serde::{Deserialize, Serialize};

use super::{NumberKind, TokenRef};
use crate::ids::SecretId;
use crate::phone::E164;
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Names and ids of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberDetails {
    /// What people call it, 1 to 100 characters (checked at the edge).
    pub display_name: String,
    /// The business' own phone number.
    pub phone_number: E164,
    /// Meta's id of the number: digits.
    pub phone_number_id: String,
    /// Meta's id of the WhatsApp business account.
    pub whatsapp_business_account_id: Option<String>,
}

/// Commands of one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberCommand {
    /// Adds the number. One that was removed may be added anew under its kind: its conversations go on.
    Add {
        /// Server time.
        now: Timestamp,
        /// Kind, fixed for ever.
        kind: NumberKind,
        /// Names and ids.
        details: NumberDetails,
        /// The sealed token.
        token: TokenRef,
        /// An own app secret.
        app_secret: Option<SecretId>,
        /// Switched on.
        is_active: bool,
    },
    /// Changes names and ids; unchanged details: no event. Refused `number_in_use` if `phone_number_id`
    /// changes while `in_use`.
    Edit {
        /// Server time.
        now: Timestamp,
        /// Names and ids as they shall be.
        details: NumberDetails,
        /// Whether anything was received or sent with the present `phone_number_id` (fact).
        in_use: bool,
    },
    /// Stores a new token: also ends `AuthBroken`.
    ReplaceToken {
        /// Server time.
        now: Timestamp,
        /// The sealed token.
        token: TokenRef,
    },
    /// Stores or takes away the number's own app secret.
    ReplaceAppSecret {
        /// Server time.
        now: Timestamp,
        /// The sealed secret.
        app_secret: Option<SecretId>,
    },
    /// Switches on or off; already so: no event.
    SetActive {
        /// Server time.
        now: Timestamp,
        /// The wanted state.
        is_active: bool,
    },
    /// Meta refused the token whose fingerprint is given; ignored if another token is in place by now.
    BreakAuth {
        /// Server time.
        now: Timestamp,
        /// Meta's code.
        meta_code: i64,
        /// The token that was refused.
        fingerprint: String,
    },
    /// A send went through again; no event unless auth was broken.
    RestoreAuth {
        /// Server time.
        now: Timestamp,
    },
    /// Takes it out of use; again: `not_found`.
    Remove {
        /// Server time.
        now: Timestamp,
    },
}

/// Rules that refuse a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The number does not exist or was removed.
    #[error("the number does not exist")]
    NotFound,
    /// The number exists already.
    #[error("the number exists already")]
    AlreadyAdded,
    /// Its phone number id cannot change any more.
    #[error("phone_number_id cannot change: messages were received or sent with it")]
    InUse,
}

impl Refusal for NumberError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::AlreadyAdded => "number_exists",
            Self::InUse => "number_in_use",
        }
    }
}
