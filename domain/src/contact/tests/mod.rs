//! Every rule of a contact, and that evidence of identity merges alike in any order.

mod order;

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::{
    AttributeValue, Contact, ContactCommand as Command, ContactError, ContactEvent as Event,
    Identity, TagName,
};
use crate::ids::{ContactId, SessionId};
use crate::personal::Personal;
use crate::stream::{Refusal, StreamAggregate};
use crate::time::Timestamp;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_000_000 + seconds)
}

fn id(number: u128) -> ContactId {
    ContactId::new(Uuid::from_u128(number))
}

fn session() -> SessionId {
    SessionId::new(Uuid::from_u128(4))
}

fn named(profile_name: &str) -> Identity {
    Identity {
        profile_name: Some(profile_name.to_owned()),
        ..Identity::default()
    }
}

fn ana() -> Identity {
    Identity {
        bsuid: Some("US.13491208655302741918".to_owned()),
        parent_bsuid: None,
        wa_id: Some("16505551234".to_owned()),
        username: Some("ana".to_owned()),
        profile_name: Some("Ana".to_owned()),
    }
}

fn identify(provider: i64, identity: Identity) -> Command {
    Command::Identify {
        now: at(100),
        contact: id(1),
        provider_at: at(provider),
        identity,
    }
}

fn registered(provider: i64, personal: Personal<Identity>) -> Event {
    Event::Registered {
        contact: id(1),
        at: at(100),
        provider_at: at(provider),
        personal,
    }
}

fn identified(provider: i64, personal: Personal<Identity>) -> Event {
    Event::Identified {
        at: at(100),
        provider_at: at(provider),
        personal,
    }
}

fn attribute(personal: Personal<AttributeValue>) -> Event {
    Event::AttributeSet {
        at: at(3),
        key: "size".to_owned(),
        session: Some(session()),
        personal,
    }
}

fn value(text: &str) -> Personal<AttributeValue> {
    AttributeValue {
        value: text.to_owned(),
    }
    .into()
}

fn tagged(personal: Personal<TagName>) -> Event {
    Event::TagAssigned {
        at: at(4),
        session: None,
        personal,
    }
}

fn tag(text: &str) -> Personal<TagName> {
    TagName {
        tag: text.to_owned(),
    }
    .into()
}

fn set(key: &str, value: &str) -> Command {
    Command::SetAttribute {
        now: at(3),
        key: key.to_owned(),
        value: value.to_owned(),
        session: Some(session()),
    }
}

fn assign(tag: &str) -> Command {
    Command::AssignTag {
        now: at(4),
        tag: tag.to_owned(),
        session: None,
    }
}

fn remove(tag: &str) -> Command {
    Command::RemoveTag {
        now: at(5),
        tag: tag.to_owned(),
    }
}

fn untagged() -> Event {
    Event::TagRemoved {
        at: at(5),
        personal: tag("vip"),
    }
}

async fn decides(given: Vec<Event>, command: Command, events: Vec<Event>) {
    TestFramework::<Contact>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_events(events);
}

async fn refuses(given: Vec<Event>, command: Command, error: ContactError) {
    TestFramework::<Contact>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_error(error);
}

fn contact(events: Vec<Event>) -> Contact {
    let mut contact = Contact::default();
    for event in events {
        contact.apply(event);
    }
    contact
}

fn after(evidence: &[(i64, Identity)]) -> Contact {
    let mut contact = Contact::default();
    for (provider, identity) in evidence {
        for event in contact
            .decide(&identify(*provider, identity.clone()))
            .unwrap()
        {
            contact.apply(event);
        }
    }
    contact
}

fn examples() -> Vec<Event> {
    vec![
        registered(0, ana().into()),
        identified(1, named("Ana B.").into()),
        Event::IdentityConflictSeen {
            at: at(2),
            other: id(2),
        },
        attribute(value("42")),
        tagged(tag("vip")),
        untagged(),
    ]
}

#[test]
fn every_event_has_its_golden_file_and_example() {
    let source = include_str!("../event.rs");
    crate::golden::check_all("Contact", Contact::EVENT_TYPES, &examples(), source);
}

#[tokio::test]
async fn the_first_evidence_registers_and_a_repeat_gives_no_event() {
    decides(
        vec![],
        identify(0, ana()),
        vec![registered(0, ana().into())],
    )
    .await;
    let given = vec![registered(0, ana().into())];
    decides(given.clone(), identify(0, ana()), vec![]).await;
    decides(given.clone(), identify(9, ana()), vec![]).await;
    decides(given, identify(9, Identity::default()), vec![]).await;
}

#[tokio::test]
async fn only_changed_fields_are_recorded() {
    let changed = Identity {
        profile_name: Some("Ana B.".to_owned()),
        ..ana()
    };
    let event = identified(1, named("Ana B.").into());
    let given = vec![registered(0, ana().into())];
    decides(given.clone(), identify(1, changed), vec![event.clone()]).await;
    let contact = contact([given, vec![event]].concat());
    assert_eq!(contact.identity().profile_name, Some("Ana B.".to_owned()));
    assert_eq!(contact.identity().wa_id, ana().wa_id);
}

#[tokio::test]
async fn the_newest_bsuid_and_wa_id_win() {
    let moved = Identity {
        bsuid: Some("US.2".to_owned()),
        wa_id: Some("16505559999".to_owned()),
        ..Identity::default()
    };
    let given = vec![registered(5, ana().into())];
    decides(
        given.clone(),
        identify(6, moved.clone()),
        vec![identified(6, moved.clone().into())],
    )
    .await;
    decides(given, identify(4, moved), vec![]).await;
}

#[tokio::test]
async fn older_evidence_fills_gaps_but_overwrites_nothing() {
    let older = Identity {
        parent_bsuid: Some("US.ENT.1".to_owned()),
        username: Some("old".to_owned()),
        ..Identity::default()
    };
    let gap = Identity {
        parent_bsuid: Some("US.ENT.1".to_owned()),
        ..Identity::default()
    };
    let given = vec![registered(5, ana().into())];
    decides(given, identify(1, older), vec![identified(1, gap.into())]).await;
}

#[test]
fn at_the_same_time_the_greater_value_wins_in_either_order() {
    for evidence in [
        [(1, named("A")), (1, named("B"))],
        [(1, named("B")), (1, named("A"))],
    ] {
        assert_eq!(after(&evidence).identity(), &named("B"));
    }
}

#[tokio::test]
async fn an_empty_text_says_nothing() {
    decides(
        vec![registered(0, ana().into())],
        identify(1, named("")),
        vec![],
    )
    .await;
    let nothing = Identity::default();
    decides(
        vec![],
        identify(1, named("")),
        vec![registered(1, nothing.into())],
    )
    .await;
}

#[tokio::test]
async fn a_conflict_is_flagged_once_and_never_with_itself() {
    let flag = |other| Command::FlagConflict { now: at(2), other };
    let seen = Event::IdentityConflictSeen {
        at: at(2),
        other: id(2),
    };
    let given = vec![registered(0, ana().into())];
    decides(given.clone(), flag(id(2)), vec![seen.clone()]).await;
    decides([given.clone(), vec![seen]].concat(), flag(id(2)), vec![]).await;
    decides(given, flag(id(1)), vec![]).await;
}

#[tokio::test]
async fn an_attribute_is_recorded_when_its_value_changes() {
    let given = vec![registered(0, ana().into())];
    decides(
        given.clone(),
        set("size", "42"),
        vec![attribute(value("42"))],
    )
    .await;
    let given = [given, vec![attribute(value("42"))]].concat();
    decides(given.clone(), set("size", "42"), vec![]).await;
    decides(given, set("size", ""), vec![attribute(value(""))]).await;
}

#[tokio::test]
async fn a_tag_is_assigned_once() {
    let given = vec![registered(0, ana().into())];
    decides(given.clone(), assign(" vip "), vec![tagged(tag("vip"))]).await;
    decides(
        [given, vec![tagged(tag("vip"))]].concat(),
        assign("vip"),
        vec![],
    )
    .await;
}

#[tokio::test]
async fn names_and_values_have_limits() {
    let given = vec![registered(0, ana().into())];
    let length = |field, limit, actual| ContactError::Length {
        field,
        limit,
        actual,
    };
    for actual in [0, 101] {
        let name = "ä".repeat(actual);
        refuses(given.clone(), set(&name, "1"), length("key", 100, actual)).await;
        refuses(given.clone(), assign(&name), length("tag", 100, actual)).await;
    }
    let value = "x".repeat(65_537);
    refuses(
        given.clone(),
        set("size", &value),
        length("value", 65_536, 65_537),
    )
    .await;
    assert!(
        contact(given)
            .decide(&set(&"ä".repeat(100), &value[1..]))
            .is_ok()
    );
    assert_eq!(length("key", 100, 0).code(), "invalid_length");
}

#[tokio::test]
async fn an_unknown_contact_takes_nothing_but_evidence() {
    let flag = Command::FlagConflict {
        now: at(2),
        other: id(2),
    };
    for command in [flag, set("size", "42"), assign("vip")] {
        refuses(vec![], command, ContactError::NotFound).await;
    }
    assert_eq!(ContactError::NotFound.code(), "not_found");
}

#[test]
fn erased_fields_leave_what_is_known() {
    let known = contact(vec![
        registered(0, ana().into()),
        attribute(value("42")),
        tagged(tag("vip")),
        identified(9, Personal::erased()),
        attribute(Personal::erased()),
        tagged(Personal::erased()),
    ]);
    assert_eq!(known.identity(), &ana());
    assert_eq!(
        known.attributes().get("size").map(String::as_str),
        Some("42")
    );
    assert!(known.tags().contains("vip"));
    let erased = contact(vec![registered(0, Personal::erased())]);
    assert!(erased.exists() && erased.identity().is_empty());
}

#[test]
fn state_knows_its_subject_and_shows_nothing_personal() {
    let contact = contact(vec![attribute(value("42")), registered(0, ana().into())]);
    assert_eq!((contact.subject(), contact.lane_key()), (Some(id(1)), None));
    assert!(contact.weight_bytes() > size_of::<Contact>());
    let debug = format!("{contact:?}");
    assert!(!debug.contains("Ana") && !debug.contains("1650") && !debug.contains("42"));
}

#[test]
fn an_event_applied_twice_changes_nothing_more() {
    crate::tests::assert_repeats_change_nothing::<Contact>(&examples());
}

#[tokio::test]
async fn a_tag_is_taken_away_once_and_can_come_back() {
    let with_tag = vec![registered(0, ana().into()), tagged(tag("vip"))];
    decides(with_tag.clone(), remove(" vip "), vec![untagged()]).await;
    decides(with_tag.clone(), remove("VIP"), vec![]).await;
    let without = [with_tag, vec![untagged()]].concat();
    decides(without.clone(), remove("vip"), vec![]).await;
    decides(without, assign("vip"), vec![tagged(tag("vip"))]).await;
    refuses(vec![], remove("vip"), ContactError::NotFound).await;
}
