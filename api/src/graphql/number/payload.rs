//! What mutations of numbers take and answer.

use async_graphql::ID;
use async_graphql::{Enum, InputObject, MaybeUndefined, SimpleObject};

use super::Number;
use crate::graphql::outcome::Outcome;

/// A number to add.
#[derive(InputObject)]
pub(crate) struct AddNumberInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// What people call it, 1 to 100 characters.
    pub(super) display_name: String,
    /// In E.164; spaces, dashes and brackets are tolerated.
    pub(super) phone_number: String,
    /// Meta's id of the number.
    pub(super) phone_number_id: String,
    /// Meta's id of the business account.
    pub(super) whatsapp_business_account_id: Option<String>,
    /// Meta's access token; kept sealed, never shown.
    pub(super) access_token: String,
    /// An app secret of Meta's that signs webhooks of this number only; kept sealed, never shown.
    pub(super) app_secret: Option<String>,
    /// Whether it is switched on.
    #[graphql(default = true)]
    pub(super) is_active: bool,
}

/// What is to change of a number; what is left out stays.
#[derive(InputObject)]
pub(crate) struct EditNumberInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The number.
    pub(super) number: ID,
    /// What people call it, 1 to 100 characters.
    pub(super) display_name: Option<String>,
    /// In E.164.
    pub(super) phone_number: Option<String>,
    /// Meta's id of the number; changes only while nothing was received or sent with it.
    pub(super) phone_number_id: Option<String>,
    /// Meta's id of the business account; null takes it away.
    pub(super) whatsapp_business_account_id: MaybeUndefined<String>,
    /// A new access token.
    pub(super) access_token: Option<String>,
    /// A new app secret that signs webhooks of this number only; null takes it away.
    pub(super) app_secret: MaybeUndefined<String>,
    /// Whether it is switched on.
    pub(super) is_active: Option<bool>,
}

/// A number to switch.
#[derive(InputObject)]
pub(crate) struct SwitchNumberInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The number.
    pub(super) number: ID,
    /// On or off; left out: the other state.
    pub(super) is_active: Option<bool>,
}

/// A number to remove.
#[derive(InputObject)]
pub(crate) struct RemoveNumberInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The number.
    pub(super) number: ID,
}

/// What came of a mutation of a number.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum NumberMutationStatus {
    /// Done, also where it was so before.
    Done,
    /// Fields cannot be accepted, see `violations`.
    Invalid,
    /// Another number has this phone number id; `number` is that one.
    NumberExists,
    /// Its phone number id is in use and cannot change.
    NumberInUse,
}

impl NumberMutationStatus {
    /// The status of a refusal.
    pub(super) fn of(code: &str) -> Option<Self> {
        Some(match code {
            "validation_failed" => Self::Invalid,
            "number_exists" => Self::NumberExists,
            "number_in_use" => Self::NumberInUse,
            _ => return None,
        })
    }
}

/// What a mutation of a number answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct NumberPayload {
    /// What came of it.
    pub(super) status: NumberMutationStatus,
    /// The number as it is now.
    pub(super) number: Option<Number>,
    /// The rest.
    #[graphql(flatten)]
    pub(super) outcome: Outcome,
}
