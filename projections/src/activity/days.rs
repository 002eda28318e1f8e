//! Days of the installation: which are asked for, and when each begins and ends.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// A day of the calendar.
pub use jiff::civil::Date as Day;

/// Days that one answer covers at most.
pub const MAX_DAYS: u32 = 400;

/// Days from the first to the last, both included; at most [`MAX_DAYS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    from: Day,
    to: Day,
}

/// Why a range cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRange {
    /// The last day is before the first.
    #[error("the last day is before the first: exchange them")]
    Reversed,
    /// More than [`MAX_DAYS`].
    #[error("{days} days are more than {MAX_DAYS}: ask for fewer at once")]
    TooLong {
        /// The days asked for.
        days: u32,
    },
}

impl DayRange {
    /// The days from `from` to `to`.
    ///
    /// # Errors
    /// [`InvalidRange`].
    pub fn new(from: Day, to: Day) -> Result<Self, InvalidRange> {
        let span = from.duration_until(to).as_hours() / 24;
        let days = u32::try_from(span + 1)
            .ok()
            .filter(|days| *days > 0)
            .ok_or(InvalidRange::Reversed)?;
        if days > MAX_DAYS {
            return Err(InvalidRange::TooLong { days });
        }
        Ok(Self { from, to })
    }

    /// The first day.
    pub const fn from(self) -> Day {
        self.from
    }

    /// The last day.
    pub const fn to(self) -> Day {
        self.to
    }

    /// Every day with its first microsecond and that of the next one. A day of a time zone may have 23
    /// or 25 hours.
    pub(super) fn days(self, zone: &TimeZone) -> Value {
        let mut days = Vec::new();
        let mut next = Some(self.from);
        while let Some(day) = next.filter(|day| *day <= self.to) {
            next = day.tomorrow().ok();
            days.push(bounds(
                &day.to_string(),
                begin(Some(day), zone),
                begin(next, zone),
            ));
        }
        Value::Array(days)
    }

    /// The same time as one piece without a name.
    pub(super) fn whole(self, zone: &TimeZone) -> Value {
        let end = begin(self.to.tomorrow().ok(), zone);
        Value::Array(vec![bounds("", begin(Some(self.from), zone), end)])
    }
}

fn bounds(day: &str, starts_at: i64, ends_at: i64) -> Value {
    json!({"day": day, "starts_at": starts_at, "ends_at": ends_at})
}

/// The first microsecond of a day; beyond the calendar there is no end.
fn begin(day: Option<Day>, zone: &TimeZone) -> i64 {
    let begins = |day: Day| day.to_zoned(zone.clone()).ok();
    let micros = |zoned: Zoned| zoned.timestamp().as_microsecond();
    day.and_then(begins).map_or(i64::MAX, micros)
}
