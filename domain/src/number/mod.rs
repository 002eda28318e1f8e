//! A WhatsApp business number of this installation.

mod command;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{NumberCommand, NumberDetails, NumberError};
pub use event::NumberEvent;
pub use state::Number;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::SecretId;
use crate::time::Timestamp;

/// Whether a number talks to Meta or to the simulator; fixed when it is added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NumberKind {
    /// A number at Meta.
    #[default]
    Live,
    /// A number of the built-in simulator; it can never get a live token.
    Simulated,
}

/// Where the sealed access token lies, and what people may see of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenRef {
    /// Row of the sealed `secrets` table.
    pub secret: SecretId,
    /// The last four characters.
    pub last4: String,
    /// First 16 hex digits of the token's keyed hash: tells tokens apart, reveals none.
    pub fingerprint: String,
    /// When it was stored.
    pub set_at: Timestamp,
}
