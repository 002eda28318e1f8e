//! Open and erased fields survive the way through JSON.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::contact::{ContactEvent, Identity};
use crate::personal::{MEMBER, Personal};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Name {
    name: String,
}

#[test]
fn open_fields_round_trip_as_they_are() {
    let open: Personal<Name> = Name {
        name: "Ana".to_owned(),
    }
    .into();
    assert_eq!(serde_json::to_value(&open).unwrap(), json!({"name": "Ana"}));
    assert_eq!(
        serde_json::from_value::<Personal<Name>>(json!({"name": "Ana"})).unwrap(),
        open
    );
    assert_eq!(open.open().map(|fields| fields.name.as_str()), Some("Ana"));
}

#[test]
fn the_erased_mark_round_trips_as_a_word() {
    let erased = Personal::<Name>::erased();
    assert_eq!(serde_json::to_value(&erased).unwrap(), json!("erased"));
    assert_eq!(
        serde_json::from_value::<Personal<Name>>(json!("erased")).unwrap(),
        erased
    );
    assert_eq!(erased.open(), None);
}

#[test]
fn a_sealed_member_that_nobody_opened_does_not_decode() {
    let sealed = json!({"$sealed": "AQID"});
    assert!(serde_json::from_value::<Personal<Name>>(sealed).is_err());
}

#[test]
fn fields_that_may_all_be_missing_still_tell_erased_from_empty() {
    let empty: Personal<Identity> = serde_json::from_value(json!({})).unwrap();
    assert_eq!(empty, Identity::default().into());
    let erased: Personal<Identity> = serde_json::from_value(json!("erased")).unwrap();
    assert_eq!(erased, Personal::erased());
}

#[test]
fn an_event_with_its_member_erased_decodes() {
    let time = "2026-11-22T10:15:30Z";
    let event = json!({"Identified": {"at": time, "provider_at": time, MEMBER: "erased"}});
    let event: ContactEvent = serde_json::from_value(event).unwrap();
    let ContactEvent::Identified { personal, .. } = event else {
        panic!("another event")
    };
    assert_eq!(personal, Personal::erased());
}
