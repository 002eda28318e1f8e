//! The ring, upcasting, seals, and how opening and purging behave on files.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use application::ports::event_log::{
    Commit, EventLog as _, Metadata, NewEvent, RecordedEvent, StreamId,
};
use application::tasks::Tasks;
use domain::any_event::{AnyEvent, aggregate_type};
use domain::contact::{AttributeValue, ContactEvent};
use domain::ids::{CommandId, ContactId};
use domain::personal::Personal;
use domain::time::Timestamp;
use serde_json::{Value, json};
use sqlx::ConnectOptions as _;
use uuid::Uuid;

use super::ring::Ring;
use super::upcast::{RawEvent, Upcasting};
use crate::database::{Database, Location, OpenError, OpenOptions};
use crate::keys::Keyring;
use crate::system::{SystemClock, SystemIds};

const CANARY: &str = "canary-in-a-coal-mine";

fn recorded(position: u64) -> RecordedEvent {
    RecordedEvent {
        position,
        stream: StreamId {
            aggregate_type: aggregate_type::CONTACT,
            id: Uuid::nil(),
        },
        sequence: position,
        event_type: "X".to_owned(),
        event_version: "1".to_owned(),
        data: AnyEvent::Unknown(Value::Null),
        metadata: Metadata::default(),
        command_id: CommandId::new(Uuid::nil()),
        recorded_at: Timestamp::default(),
        subject: None,
        lane: 0,
    }
}

fn positions(events: &[Arc<RecordedEvent>]) -> Vec<u64> {
    events.iter().map(|event| event.position).collect()
}

#[test]
fn the_ring_takes_only_the_next_event_and_drops_the_oldest() {
    let ring = Ring::bounded(10, 3, 10_000);
    assert_eq!(ring.push([(recorded(12), 0)]), 10, "a gap is refused");
    assert_eq!(
        ring.push((11..=14).map(|position| (recorded(position), 0))),
        14
    );
    assert!(ring.after(10, 9, 14).is_none(), "11 has left the ring");
    assert_eq!(positions(&ring.after(11, 2, 14).unwrap()), [12, 13]);
    assert!(ring.after(14, 9, 14).unwrap().is_empty());
    assert!(ring.at(11).is_none());
    assert_eq!(ring.at(13).unwrap().position, 13);
}

#[test]
fn an_event_that_is_ahead_waits_for_those_between() {
    let ring = Ring::new(10);
    assert_eq!(
        ring.push((13..=14).map(|position| (recorded(position), 0))),
        10
    );
    assert!(
        ring.after(10, 9, 14).is_none(),
        "11 is known to no one here"
    );
    assert_eq!(
        ring.push((11..=12).map(|position| (recorded(position), 0))),
        14
    );
    assert_eq!(positions(&ring.after(10, 9, 14).unwrap()), [11, 12, 13, 14]);
    assert!(ring.after(14, 9, 15).is_none(), "the log goes on beyond it");
    ring.restart(20);
    assert!(ring.after(14, 9, 20).is_none());
    assert_eq!(ring.push([(recorded(21), 0)]), 21);
}

#[test]
fn the_ring_is_bounded_by_bytes() {
    let ring = Ring::bounded(0, 100, 2_500);
    ring.push((1..=3).map(|position| (recorded(position), 400)));
    assert!(ring.after(0, 9, 3).is_none());
    assert_eq!(positions(&ring.after(1, 9, 3).unwrap()), [2, 3]);
}

fn raw(event_type: &str, version: &str) -> RawEvent {
    RawEvent {
        event_type: event_type.to_owned(),
        event_version: version.to_owned(),
        payload: json!({"Old": {}}),
    }
}

fn split(_: RawEvent) -> Vec<RawEvent> {
    vec![raw("First", "1"), raw("Second", "2")]
}

fn raise(_: RawEvent) -> Vec<RawEvent> {
    vec![raw("Second", "2")]
}

fn drop_it(_: RawEvent) -> Vec<RawEvent> {
    Vec::new()
}

#[test]
fn upcasters_chain_split_and_drop() {
    let known = ["Old", "First", "Second", "Gone"].into_iter().collect();
    let upcasting = Upcasting::new(
        known,
        &[("Old", 1, split), ("First", 1, raise), ("Gone", 1, drop_it)],
    );
    let types = |event_type, version| -> Vec<_> {
        upcasting
            .upcast(raw(event_type, version))
            .into_iter()
            .map(|raw| raw.event_type)
            .collect()
    };
    assert_eq!(types("Old", "1"), ["Second", "Second"]);
    assert_eq!(types("Old", "2"), ["Old"]);
    assert!(types("Gone", "1").is_empty());
    assert_eq!(types("Elsewhere", "1"), ["Elsewhere"]);
}

#[test]
fn events_of_the_future_are_unknown() {
    let upcasting = Upcasting::default();
    let decode = |event_type: &str, version: &str, payload: Value| {
        let raw = RawEvent {
            event_type: event_type.to_owned(),
            event_version: version.to_owned(),
            payload,
        };
        upcasting.decode(aggregate_type::API_TOKEN, raw)
    };
    let at = json!({"Revoked": {"at": "2026-11-22T10:00:00Z"}});
    assert!(matches!(
        decode("ApiTokenRevoked", "1", at.clone()),
        Ok(AnyEvent::ApiToken(_))
    ));
    assert!(matches!(
        decode("ApiTokenRevoked", "2", at.clone()),
        Ok(AnyEvent::Unknown(_))
    ));
    assert!(matches!(
        decode("ApiTokenFramed", "1", at),
        Ok(AnyEvent::Unknown(_))
    ));
    assert!(decode("ApiTokenRevoked", "1", json!({"Revoked": {}})).is_err());
}

async fn open(dir: &Path, keyring: &Arc<Keyring>) -> (Result<Database, OpenError>, Tasks) {
    let tasks = Tasks::default();
    let options = OpenOptions {
        location: Location::Folder(dir.to_owned()),
        keyring: Arc::clone(keyring),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
    };
    (Database::open(options, &tasks).await, tasks)
}

fn attribute(contact: ContactId, expected_version: u64, remember: bool) -> Commit {
    let event = ContactEvent::AttributeSet {
        at: Timestamp::default(),
        key: "k".to_owned(),
        session: None,
        personal: Personal::Open(AttributeValue {
            value: CANARY.to_owned(),
        }),
    };
    Commit {
        stream: StreamId {
            aggregate_type: aggregate_type::CONTACT,
            id: contact.as_uuid(),
        },
        expected_version,
        command_id: CommandId::new(Uuid::from_u128(u128::from(expected_version) + 1)),
        remember,
        events: vec![NewEvent {
            event_type: "ContactAttributeSet".to_owned(),
            event_version: "1".to_owned(),
            data: event.into(),
        }],
        metadata: Metadata {
            actor: "cli".to_owned(),
            cause: None,
        },
        subject: Some(contact),
        lane: 7,
        row_ops: Vec::new(),
    }
}

fn value_of(event: &RecordedEvent) -> Option<String> {
    match &event.data {
        AnyEvent::Contact(ContactEvent::AttributeSet { personal, .. }) => {
            personal.open().map(|fields| fields.value.clone())
        }
        other => panic!("another event: {other:?}"),
    }
}

async fn stop(tasks: &Tasks) {
    assert!(tasks.shut_down(Duration::from_secs(10)).await);
}

#[tokio::test]
async fn no_file_holds_a_personal_field_and_reading_opens_it() {
    let dir = tempfile::tempdir().unwrap();
    let keyring = Arc::new(Keyring::random().unwrap());
    let contact = ContactId::new(Uuid::from_u128(9));
    let (database, tasks) = open(dir.path(), &keyring).await;
    let database = database.unwrap();
    database
        .log
        .append(attribute(contact, 0, false))
        .await
        .unwrap();
    database
        .log
        .append(attribute(contact, 1, false))
        .await
        .unwrap();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes
            .windows(CANARY.len())
            .any(|window| window == CANARY.as_bytes());
        assert!(!found, "{} holds the plain text", path.display());
    }
    stop(&tasks).await;

    let (database, tasks) = open(dir.path(), &keyring).await;
    let log = database.unwrap().log;
    let events = log.read_after(0, 10).await.unwrap();
    assert_eq!(positions(&events), [1, 2]);
    assert!(
        events
            .iter()
            .all(|event| value_of(event).as_deref() == Some(CANARY))
    );
    stop(&tasks).await;
}

#[tokio::test]
async fn an_erased_subject_reads_as_erased_and_takes_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let keyring = Arc::new(Keyring::random().unwrap());
    let contact = ContactId::new(Uuid::from_u128(9));
    let (database, tasks) = open(dir.path(), &keyring).await;
    database
        .unwrap()
        .log
        .append(attribute(contact, 0, false))
        .await
        .unwrap();
    stop(&tasks).await;
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(dir.path().join("log.db"))
        .connect()
        .await
        .unwrap();
    sqlx::query("update subject_keys set wrapped = null, destroyed_at = 1")
        .execute(&mut connection)
        .await
        .unwrap();
    drop(connection);

    let (database, tasks) = open(dir.path(), &keyring).await;
    let log = database.unwrap().log;
    let event = log.read_at(1).await.unwrap().unwrap();
    assert_eq!(value_of(&event), None);
    assert!(log.append(attribute(contact, 1, false)).await.is_err());
    stop(&tasks).await;
}

#[tokio::test]
async fn another_key_does_not_open_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let (first, tasks) = open(dir.path(), &Arc::new(Keyring::random().unwrap())).await;
    assert!(first.is_ok());
    stop(&tasks).await;
    let (second, _tasks) = open(dir.path(), &Arc::new(Keyring::random().unwrap())).await;
    assert!(matches!(
        second,
        Err(OpenError::WrongKey {
            key: "encryption_key"
        })
    ));
}

#[tokio::test]
async fn only_commands_older_than_90_days_are_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let keyring = Arc::new(Keyring::random().unwrap());
    let contact = ContactId::new(Uuid::from_u128(9));
    let (database, tasks) = open(dir.path(), &keyring).await;
    let database = database.unwrap();
    let done = database
        .log
        .append(attribute(contact, 0, true))
        .await
        .unwrap();
    assert_eq!(
        database
            .purge_commands
            .purge(done.recorded_at.plus_seconds(89 * 86_400))
            .await
            .unwrap(),
        0
    );
    let later = done.recorded_at.plus_seconds(91 * 86_400);
    assert_eq!(database.purge_commands.purge(later).await.unwrap(), 1);
    let again = attribute(contact, 0, true);
    assert!(
        database
            .log
            .find_command(again.stream, again.command_id)
            .await
            .unwrap()
            .is_none()
    );
    stop(&tasks).await;
}

#[tokio::test]
async fn personal_fields_without_a_subject_are_refused_before_they_queue() {
    let dir = tempfile::tempdir().unwrap();
    let (database, tasks) = open(dir.path(), &Arc::new(Keyring::random().unwrap())).await;
    let log = database.unwrap().log;
    let mut commit = attribute(ContactId::new(Uuid::from_u128(9)), 0, false);
    commit.subject = None;
    assert!(log.append(commit.clone()).await.is_err());
    commit.events.clear();
    assert!(log.append(commit).await.is_err());
    assert_eq!(log.head(), 0);
    stop(&tasks).await;
}
