//! A customer: a set of identifiers with a profile, attributes and tags. Never keyed by a phone number.

mod command;
mod event;
mod identity;
mod state;
#[cfg(test)]
mod tests;

pub use command::{ContactCommand, ContactError};
pub use event::{AttributeValue, ContactEvent, TagName};
pub use state::Contact;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of who a customer is; `None` where a payload said nothing.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Identity {
    /// Business-scoped user id, the stable key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bsuid: Option<String>,
    /// Business-scoped user id of the parent portfolio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_bsuid: Option<String>,
    /// Digits of the phone number as Meta writes them, without `+`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// Name without `@`; changes at will, never a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Name of the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_name: Option<String>,
}

impl Identity {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Identity(..)")
    }
}
