//! The settings read model: defaults, then what was set.

use domain::any_event::aggregate_type;
use domain::ids::NumberId;
use domain::settings::{Opening, SettingsEvent, Weekday, settings_id};

use crate::testing::{Lab, at, uuid};

#[tokio::test]
async fn what_was_never_set_has_its_default() {
    let lab = Lab::new().await;
    lab.catch_up().await;
    let reads = lab.projections.reads();
    let settings = reads.settings().await.unwrap();
    assert_eq!(
        (settings.time_zone.as_str(), settings.numbers.len()),
        ("UTC", 0)
    );
    let number = NumberId::new(uuid(1));
    let hours = vec![Opening {
        day: Weekday::Monday,
        from: "09:00".parse().unwrap(),
        to: "18:00".parse().unwrap(),
    }];
    for event in [
        SettingsEvent::OutOfHoursTextSet {
            at: at(1),
            number,
            text: Some("Tomorrow".to_owned()),
        },
        SettingsEvent::TimeZoneSet {
            at: at(2),
            time_zone: "Asia/Tokyo".to_owned(),
        },
    ] {
        lab.log.push(aggregate_type::SETTINGS, settings_id(), event);
    }
    lab.catch_up().await;
    let settings = reads.settings().await.unwrap();
    assert_eq!(settings.time_zone, "Asia/Tokyo");
    assert_eq!(settings.numbers[0].hours, []);
    let set = SettingsEvent::WeeklyHoursSet {
        at: at(3),
        number,
        hours: hours.clone(),
    };
    lab.log.push(aggregate_type::SETTINGS, settings_id(), set);
    lab.catch_up().await;
    let [shown] = &reads.settings().await.unwrap().numbers[..] else {
        panic!("one number has hours");
    };
    assert_eq!((shown.number, &shown.hours), (number, &hours));
    assert_eq!(shown.out_of_hours_text.as_deref(), Some("Tomorrow"));
}
