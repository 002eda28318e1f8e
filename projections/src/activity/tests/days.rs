//! Ranges of days, and the time zone in which a day is one.

use domain::any_event::aggregate_type;
use domain::settings::{SettingsEvent, settings_id};
use jiff::tz::TimeZone;

use super::{day, lab, shown};
use crate::activity::{Day, DayRange, InvalidRange};
use crate::testing::at;

#[test]
fn a_range_goes_forward_and_covers_400_days_at_most() {
    let range = |from, to| DayRange::new(day(from), day(to));
    assert!(range("2026-11-22", "2026-11-22").is_ok());
    assert!(range("2025-01-01", "2026-02-04").is_ok());
    assert_eq!(
        range("2025-01-01", "2026-02-05"),
        Err(InvalidRange::TooLong { days: 401 })
    );
    assert_eq!(
        range("2026-11-22", "2026-11-21"),
        Err(InvalidRange::Reversed)
    );
    assert_eq!(
        range("2026-11-22", "0001-01-01"),
        Err(InvalidRange::Reversed)
    );
    assert!(DayRange::new(Day::MAX, Day::MAX).is_ok());
}

#[tokio::test]
async fn an_empty_log_has_no_figures_and_the_ends_of_the_calendar_break_nothing() {
    let lab = lab().await;
    for edge in [Day::MIN, Day::MAX] {
        let range = DayRange::new(edge, edge).unwrap();
        let activity = lab.projections.reads().activity(range, None, None).await;
        assert_eq!(activity.unwrap().messages, []);
    }
}

#[tokio::test]
async fn the_settings_decide_on_which_day_a_message_was_written() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    // 22:15:30 in UTC.
    lab.log.received(5, 101, 43_200, 43_200);
    let activity = shown(&lab).await;
    assert_eq!(activity.time_zone, "UTC");
    assert_eq!(activity.messages[0].day, day("2026-11-22"));
    let set = SettingsEvent::TimeZoneSet {
        at: at(2),
        time_zone: "Europe/Moscow".to_owned(),
    };
    lab.log.push(aggregate_type::SETTINGS, settings_id(), set);
    let activity = shown(&lab).await;
    assert_eq!(activity.time_zone, "Europe/Moscow");
    assert_eq!(activity.messages[0].day, day("2026-11-23"));
}

#[tokio::test]
async fn a_day_is_one_of_the_zone_and_may_have_25_hours() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    // 21 October 2026 12:00 UTC; then every hour for a week over the end of summer time.
    let begin = -32 * 86_400 + 6_270;
    for hour in 0..168 {
        lab.log.received(
            5,
            100 + hour,
            0,
            begin + i64::try_from(hour).unwrap() * 3_600,
        );
    }
    lab.catch_up().await;
    let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let range = DayRange::new(day("2026-10-22"), day("2026-10-27")).unwrap();
    let reads = lab.projections.reads();
    let activity = reads.activity_in(&berlin, range, None, None).await.unwrap();
    let counts: Vec<(String, u64)> = activity
        .messages
        .iter()
        .map(|row| (row.day.to_string(), row.count))
        .collect();
    let expected = [
        ("2026-10-22", 24),
        ("2026-10-23", 24),
        ("2026-10-24", 24),
        ("2026-10-25", 25),
        ("2026-10-26", 24),
        ("2026-10-27", 24),
    ];
    let expected = expected.map(|(day, count)| (day.to_owned(), count));
    assert_eq!(counts, expected);
}
