//! What the installation was set to. Texts are the company's own: nothing personal is in them.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Opening;
use crate::ids::NumberId;
use crate::time::Timestamp;

/// Events of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SettingsEvent {
    /// The time zone was set.
    /// Example: `{"TimeZoneSet":{"at":"2025-12-29T09:20:00Z","time_zone":"Europe/Moscow"}}`
    TimeZoneSet {
        /// When.
        at: Timestamp,
        /// Its IANA name.
        time_zone: String,
    },
    /// When people answer on a number was set.
    /// Example: `{"WeeklyHoursSet":{"at":"2025-12-29T09:20:00Z","number":"00000000-0000-0000-0000-000000000001","hours":[{"day":"monday","from":"09:00","to":"18:30"},{"day":"saturday","from":"10:00","to":"24:00"}]}}`
    WeeklyHoursSet {
        /// When.
        at: Timestamp,
        /// The number.
        number: NumberId,
        /// The openings in order of the week; none: always.
        hours: Vec<Opening>,
    },
    /// What customers are told outside a number's hours was set, or taken away.
    /// Example: `{"OutOfHoursTextSet":{"at":"2025-12-29T09:20:00Z","number":"00000000-0000-0000-0000-000000000001","text":"Мы ответим завтра с 9:00"}}`
    OutOfHoursTextSet {
        /// When.
        at: Timestamp,
        /// The number.
        number: NumberId,
        /// The text; nothing: they are told nothing.
        text: Option<String>,
    },
}

impl DomainEvent for SettingsEvent {
    fn event_type(&self) -> String {
        match self {
            Self::TimeZoneSet { .. } => "SettingsTimeZoneSet",
            Self::WeeklyHoursSet { .. } => "SettingsWeeklyHoursSet",
            Self::OutOfHoursTextSet { .. } => "SettingsOutOfHoursTextSet",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
