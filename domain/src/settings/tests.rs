//! Settings are set once each, and hours that make no sense are refused by name.

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::{
    LocalTime, Opening, Settings, SettingsCommand as Command, SettingsError,
    SettingsEvent as Event, Weekday, is_open, settings_id,
};
use crate::ids::NumberId;
use crate::stream::{Refusal, StreamAggregate};
use crate::time::Timestamp;

const NUMBER: NumberId = NumberId::new(Uuid::from_u128(1));

fn now() -> Timestamp {
    Timestamp::from_seconds(1_767_000_000)
}

fn opening(day: Weekday, from: &str, to: &str) -> Opening {
    Opening {
        day,
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    }
}

fn week() -> Vec<Opening> {
    vec![
        opening(Weekday::Monday, "09:00", "18:30"),
        opening(Weekday::Saturday, "10:00", "24:00"),
    ]
}

fn set_hours(hours: Vec<Opening>) -> Command {
    Command::SetWeeklyHours {
        now: now(),
        number: NUMBER,
        hours,
    }
}

fn hours_set(hours: Vec<Opening>) -> Event {
    Event::WeeklyHoursSet {
        at: now(),
        number: NUMBER,
        hours,
    }
}

fn set_text(text: Option<&str>) -> Command {
    Command::SetOutOfHoursText {
        now: now(),
        number: NUMBER,
        text: text.map(str::to_owned),
    }
}

fn text_set(text: Option<&str>) -> Event {
    Event::OutOfHoursTextSet {
        at: now(),
        number: NUMBER,
        text: text.map(str::to_owned),
    }
}

fn set_zone(name: &str) -> Command {
    Command::SetTimeZone {
        now: now(),
        time_zone: name.to_owned(),
    }
}

fn zone_set(name: &str) -> Event {
    Event::TimeZoneSet {
        at: now(),
        time_zone: name.to_owned(),
    }
}

async fn decides(given: Vec<Event>, command: Command, events: Vec<Event>) {
    TestFramework::<Settings>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_events(events);
}

fn refusal(command: &Command) -> (String, &'static str) {
    let SettingsError::Field(field) = Settings::default().decide(command).unwrap_err();
    (field.field, field.code)
}

#[test]
fn every_event_has_its_golden_file_and_example() {
    let examples = [
        zone_set("Europe/Moscow"),
        hours_set(week()),
        text_set(Some("Мы ответим завтра с 9:00")),
    ];
    let source = include_str!("event.rs");
    crate::golden::check_all("Settings", Settings::EVENT_TYPES, &examples, source);
}

#[tokio::test]
async fn what_is_set_already_gives_no_event() {
    decides(vec![], set_zone("UTC"), vec![]).await;
    let zone = zone_set("Europe/Moscow");
    decides(vec![], set_zone(" Europe/Moscow "), vec![zone.clone()]).await;
    decides(vec![zone], set_zone("Europe/Moscow"), vec![]).await;
    decides(vec![], set_hours(vec![]), vec![]).await;
    let mut backwards = week();
    backwards.reverse();
    decides(
        vec![],
        set_hours(backwards.clone()),
        vec![hours_set(week())],
    )
    .await;
    decides(vec![hours_set(week())], set_hours(backwards), vec![]).await;
    decides(
        vec![hours_set(week())],
        set_hours(vec![]),
        vec![hours_set(vec![])],
    )
    .await;
    decides(vec![], set_text(None), vec![]).await;
    decides(
        vec![],
        set_text(Some("later")),
        vec![text_set(Some("later"))],
    )
    .await;
    decides(
        vec![text_set(Some("later"))],
        set_text(Some("later")),
        vec![],
    )
    .await;
    decides(
        vec![text_set(Some("later"))],
        set_text(None),
        vec![text_set(None)],
    )
    .await;
}

#[test]
fn a_field_that_cannot_be_accepted_is_named_with_its_limit() {
    assert_eq!(refusal(&set_zone(" ")).0, "time_zone");
    assert_eq!(
        refusal(&set_text(Some("  "))),
        ("text".to_owned(), "invalid_length")
    );
    let too_long = "я".repeat(4097);
    let SettingsError::Field(field) = Settings::default()
        .decide(&set_text(Some(&too_long)))
        .unwrap_err();
    assert_eq!((field.limit, field.actual), (Some(4096), Some(4097)));
    let ends_first = vec![opening(Weekday::Friday, "18:00", "09:00")];
    assert_eq!(refusal(&set_hours(ends_first)).0, "hours[0].to");
    let overlapping = vec![
        opening(Weekday::Friday, "09:00", "12:00"),
        opening(Weekday::Friday, "11:59", "18:00"),
    ];
    assert_eq!(refusal(&set_hours(overlapping)).0, "hours[1]");
    let minutes: Vec<Opening> = (0..51)
        .map(|minute| Opening {
            day: Weekday::Friday,
            from: LocalTime::new(9, minute).unwrap(),
            to: LocalTime::new(9, minute + 1).unwrap(),
        })
        .collect();
    assert_eq!(
        refusal(&set_hours(minutes)),
        ("hours".to_owned(), "invalid_count")
    );
    let error = Settings::default().decide(&set_zone("")).unwrap_err();
    assert_eq!(error.code(), "invalid_length");
}

#[test]
fn a_week_is_open_from_the_first_minute_to_before_the_last() {
    let open = |day, time: &str| is_open(&week(), day, time.parse().unwrap());
    assert!(open(Weekday::Monday, "09:00") && open(Weekday::Monday, "18:29"));
    assert!(!open(Weekday::Monday, "08:59") && !open(Weekday::Monday, "18:30"));
    assert!(open(Weekday::Saturday, "23:59") && !open(Weekday::Sunday, "12:00"));
    assert!(is_open(&[], Weekday::Sunday, LocalTime::new(3, 0).unwrap()));
}

#[test]
fn a_time_of_day_is_read_as_a_clock_shows_it() {
    for text in ["00:00", "09:05", "23:59", "24:00"] {
        assert_eq!(text.parse::<LocalTime>().unwrap().to_string(), text);
    }
    for text in [
        "", "9:00", "24:01", "12:60", "+9:00", "12.00", "1200", "ab:cd",
    ] {
        assert!(text.parse::<LocalTime>().is_err(), "{text}");
    }
}

#[test]
fn state_holds_what_the_events_said() {
    let mut settings = Settings::default();
    assert_eq!(
        (settings.time_zone(), settings.number(NUMBER)),
        ("UTC", None)
    );
    for event in [
        zone_set("Asia/Tokyo"),
        hours_set(week()),
        text_set(Some("later")),
    ] {
        settings.apply(event);
    }
    assert_eq!(settings.time_zone(), "Asia/Tokyo");
    let number = settings.number(NUMBER).unwrap();
    assert_eq!(
        (&number.hours, number.text.as_deref()),
        (&week(), Some("later"))
    );
    assert_eq!((settings.subject(), settings.lane_key()), (None, None));
    assert!(settings.weight_bytes() > size_of::<Settings>());
    assert_eq!(settings_id(), settings_id());
}

#[test]
fn an_event_applied_twice_changes_nothing_more() {
    crate::tests::assert_repeats_change_nothing::<Settings>(&[
        zone_set("Asia/Tokyo"),
        hours_set(week()),
        text_set(None),
    ]);
}
