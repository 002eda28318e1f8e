//! What became of one outbound message: a lattice, so that reports in any order end in the same state.
//!
//! `sent < delivered < read < played`; `failed` is an axis of its own: a later `delivered` lifts it, a
//! `failed` after `delivered` changes nothing people see.

mod command;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{DeliveryCommand, DeliveryError, DeliveryHead, StatusKind, StatusReport};
pub use event::{AcceptedMessage, DeliveryEvent, FailureText, Report};
pub use state::{Delivery, Outcome};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Our stable code for a failure, e.g. `window_closed`, `recipient_unavailable`, `rejected_by_meta`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FailureCode(pub String);

/// How the answer to a send was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownCause {
    /// No answer until the attempt's deadline.
    Timeout,
    /// The connection broke after bytes had left.
    Reset,
    /// The answer was no definite yes or no (5xx, unreadable, ambiguous Graph code).
    Ambiguous,
    /// The process ended while the attempt was under way.
    Crash,
    /// A restored installation cannot know.
    Restored,
}

/// What made an unknown outcome known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReconciledBy {
    /// A status that echoes our send id.
    Status,
    /// The answer came after all.
    LateAnswer,
}
