//! Points in time: text, arithmetic and the ends of the range.

use crate::time::Timestamp;

#[test]
fn text_round_trips_with_microseconds() {
    let time = Timestamp::from_micros(1_795_342_530_123_456);
    let json = serde_json::to_string(&time).unwrap();
    assert_eq!(json, "\"2026-11-22T10:15:30.123456Z\"");
    assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
    assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
}

#[test]
fn answers_show_exactly_three_digits() {
    let shown = |micros| Timestamp::from_micros(micros).to_rfc3339_millis();
    assert_eq!(shown(1_795_342_530_000_000), "2026-11-22T10:15:30.000Z");
    assert_eq!(shown(1_795_342_530_123_456), "2026-11-22T10:15:30.123Z");
}

#[test]
fn another_offset_is_the_same_point() {
    let utc: Timestamp = "2026-11-22T10:15:30Z".parse().unwrap();
    let moscow: Timestamp = "2026-11-22T13:15:30+03:00".parse().unwrap();
    assert_eq!(utc, moscow);
}

#[test]
fn what_is_no_time_is_refused() {
    for text in ["", "now", "2026-13-01T00:00:00Z", "1767000000"] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
    assert!(serde_json::from_str::<Timestamp>("1767000000").is_err());
}

#[test]
fn arithmetic_counts_seconds_and_saturates() {
    let time = Timestamp::from_seconds(100);
    assert_eq!(time.plus_seconds(-40), Timestamp::from_seconds(60));
    assert_eq!(time.plus_seconds(1).micros_since(time), 1_000_000);
    assert_eq!(time.micros_since(time.plus_seconds(1)), -1_000_000);
    let end = Timestamp::from_seconds(i64::MAX);
    assert_eq!(end.plus_seconds(i64::MAX).as_micros(), i64::MAX);
    assert_eq!(Timestamp::from_micros(i64::MIN).micros_since(end), i64::MIN);
}

#[test]
fn times_beyond_the_calendar_are_shown_as_its_ends() {
    assert!(
        Timestamp::from_micros(i64::MAX)
            .to_string()
            .starts_with("9999-12-30T")
    );
    assert!(
        Timestamp::from_micros(i64::MIN)
            .to_string()
            .starts_with("-009999-01-02T")
    );
}
