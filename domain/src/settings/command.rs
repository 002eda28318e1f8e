//! What can be asked of the settings, and the rules that refuse it.

use super::Opening;
use crate::field::FieldError;
use crate::ids::NumberId;
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Commands of the settings. What is so already gives no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsCommand {
    /// Sets the time zone by its IANA name, which the caller has looked up.
    SetTimeZone {
        /// Server time.
        now: Timestamp,
        /// The name, e.g. `Europe/Moscow`.
        time_zone: String,
    },
    /// Sets when people answer on a number; no openings: always.
    SetWeeklyHours {
        /// Server time.
        now: Timestamp,
        /// The number.
        number: NumberId,
        /// The openings of a week.
        hours: Vec<Opening>,
    },
    /// Sets what customers are told outside these hours; nothing: they are told nothing.
    SetOutOfHoursText {
        /// Server time.
        now: Timestamp,
        /// The number.
        number: NumberId,
        /// The text, 1 to 4096 UTF-16 units.
        text: Option<String>,
    },
}

/// Rules that refuse a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A field cannot be accepted.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl Refusal for SettingsError {
    fn code(&self) -> &'static str {
        match self {
            Self::Field(field) => field.code,
        }
    }
}
