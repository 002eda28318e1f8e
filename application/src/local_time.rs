//! What a clock on the wall shows in a time zone. The zones are those shipped with the program, so that
//! every node and every replay reads the same clock, whatever is installed on the machine.

use std::sync::LazyLock;

use domain::settings::{LocalTime, Weekday};
use domain::time::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The name of a time zone as IANA writes it; `None` if there is none of this name.
pub fn time_zone_name(name: &str) -> Option<String> {
    let zone = ZONES.get(name.trim()).ok()?;
    zone.iana_name().map(str::to_owned)
}

/// The time zone of this name; UTC if it is not known (any more).
pub fn zone(name: &str) -> TimeZone {
    ZONES.get(name).unwrap_or(TimeZone::UTC)
}

/// Day and time of day in a time zone; in UTC if the zone is not known (any more).
pub fn local(time_zone: &str, at: Timestamp) -> Option<(Weekday, LocalTime)> {
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
    let local = at.to_zoned(zone(time_zone));
    let day = match local.weekday() {
        jiff::civil::Weekday::Monday => Weekday::Monday,
        jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
        jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
        jiff::civil::Weekday::Thursday => Weekday::Thursday,
        jiff::civil::Weekday::Friday => Weekday::Friday,
        jiff::civil::Weekday::Saturday => Weekday::Saturday,
        jiff::civil::Weekday::Sunday => Weekday::Sunday,
    };
    let hour = u8::try_from(local.hour()).ok()?;
    let minute = u8::try_from(local.minute()).ok()?;
    Some((day, LocalTime::new(hour, minute)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(time_zone: &str, at: &str) -> (Weekday, String) {
        let (day, time) = local(time_zone, at.parse().unwrap()).unwrap();
        (day, time.to_string())
    }

    #[test]
    fn a_zone_is_known_by_its_iana_name_whatever_its_case() {
        assert_eq!(
            time_zone_name("europe/moscow").as_deref(),
            Some("Europe/Moscow")
        );
        assert_eq!(time_zone_name(" UTC ").as_deref(), Some("UTC"));
        for name in ["", "Moscow", "Europe/Nowhere", "+03:00"] {
            assert_eq!(time_zone_name(name), None, "{name}");
        }
    }

    #[test]
    fn the_clock_follows_the_zone_its_day_and_its_summer_time() {
        let late = "2026-11-22T21:30:00Z";
        assert_eq!(shown("UTC", late), (Weekday::Sunday, "21:30".to_owned()));
        assert_eq!(
            shown("Europe/Moscow", late),
            (Weekday::Monday, "00:30".to_owned())
        );
        let (winter, summer) = ("2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z");
        assert_eq!(shown("Europe/Berlin", winter).1, "13:00");
        assert_eq!(shown("Europe/Berlin", summer).1, "14:00");
        assert_eq!(shown("Mars/Base", winter).1, "12:00");
    }
}
