//! Personal fields of an event: open while the contact's key exists, erased once it is destroyed.
//!
//! An event keeps all its personal fields in one member named `personal`. The log seals that member
//! (`"$sealed"`) under the key of the event's subject and opens it again when reading; the domain only
//! ever sees the two cases below. Every `apply` accepts both.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of the member that the log seals.
pub const MEMBER: &str = "personal";

/// What stands in place of personal fields whose key was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ErasedMarker {
    /// The only value: the text `erased`.
    #[serde(rename = "erased")]
    Erased,
}

/// Personal fields, or the mark that they were erased. `Debug` never shows what is inside, so that no log
/// line of an event can.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Personal<T> {
    /// The subject was erased: nothing is left of these fields.
    Erased(ErasedMarker),
    /// The fields themselves.
    Open(T),
}

impl<T> Personal<T> {
    /// The erased case.
    pub const fn erased() -> Self {
        Self::Erased(ErasedMarker::Erased)
    }

    /// The fields, or `None` after erasure.
    pub const fn open(&self) -> Option<&T> {
        match self {
            Self::Open(fields) => Some(fields),
            Self::Erased(_) => None,
        }
    }
}

impl<T> std::fmt::Debug for Personal<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Open(_) => "Open(..)",
            Self::Erased(_) => "Erased",
        })
    }
}

impl<T> From<T> for Personal<T> {
    fn from(fields: T) -> Self {
        Self::Open(fields)
    }
}
