//! Weekly hours: when people answer on a number, by the clock of the installation's time zone.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::field::FieldError;

/// Openings that a week may have.
const OPENINGS: usize = 50;
/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A day of the week.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant is the day it names")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A time of day to the minute, written `HH:MM`; `24:00` is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime(u16);

impl LocalTime {
    /// Hours and minutes of a clock; `None` where a clock shows no such time.
    pub fn new(hour: u8, minute: u8) -> Option<Self> {
        let minutes = u16::from(hour) * 60 + u16::from(minute);
        (minute < 60 && minutes <= DAY).then_some(Self(minutes))
    }
}

impl std::fmt::Display for LocalTime {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A text that is no time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a time of day as HH:MM, from 00:00 to 24:00")]
pub struct InvalidLocalTime;

impl std::str::FromStr for LocalTime {
    type Err = InvalidLocalTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (hour, minute) = text.split_once(':').ok_or(InvalidLocalTime)?;
        let two = |part: &str| {
            let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            is_plain.then(|| part.parse().ok()).flatten()
        };
        let (hour, minute) = two(hour).zip(two(minute)).ok_or(InvalidLocalTime)?;
        Self::new(hour, minute).ok_or(InvalidLocalTime)
    }
}

impl Serialize for LocalTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for LocalTime {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LocalTime".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$",
            "description": "A time of day to the minute, `HH:MM`; `24:00` is the end of the day.",
        })
    }
}

impl<'de> Deserialize<'de> for LocalTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// People answer on this day from one time to another, the end not included.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Opening {
    /// The day.
    pub day: Weekday,
    /// From when.
    pub from: LocalTime,
    /// Until when, later the same day.
    pub to: LocalTime,
}

/// Whether people answer at this time; without any opening they always do.
pub fn is_open(hours: &[Opening], day: Weekday, time: LocalTime) -> bool {
    let holds = |opening: &Opening| opening.day == day && opening.from <= time && time < opening.to;
    hours.is_empty() || hours.iter().any(holds)
}

/// The openings in order of the week.
///
/// # Errors
/// Too many, one that ends before it begins, or two that overlap.
pub(super) fn checked(hours: &[Opening]) -> Result<Vec<Opening>, FieldError> {
    if hours.len() > OPENINGS {
        return Err(FieldError::count("hours", 0, OPENINGS, hours.len()));
    }
    for (index, opening) in hours.iter().enumerate() {
        if opening.to <= opening.from {
            let problem = "must be later than `from`; split a night at 24:00";
            return Err(FieldError::invalid(format!("hours[{index}].to"), problem));
        }
        let overlaps = |other: &Opening| {
            other.day == opening.day && other.from < opening.to && opening.from < other.to
        };
        if hours[..index].iter().any(overlaps) {
            let problem = "overlaps with an opening before it; join the two";
            return Err(FieldError::invalid(format!("hours[{index}]"), problem));
        }
    }
    let mut hours = hours.to_vec();
    hours.sort_unstable();
    Ok(hours)
}
