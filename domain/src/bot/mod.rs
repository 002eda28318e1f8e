//! A bot: drafts and immutable published versions of a scenario, bound to numbers.
//!
//! Definitions are blobs named by their SHA-256; events hold the name only.

mod command;
mod event;
pub mod scenario;
mod state;
#[cfg(test)]
mod tests;

pub use command::{BotCommand, BotError};
pub use event::BotEvent;
pub use state::Bot;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// SHA-256 of a blob as 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct BlobHash(pub String);
