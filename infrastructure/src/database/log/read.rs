//! Rows of `events` back to events: open the seal, upcast, decode.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use application::ports::StoreError;
use application::ports::event_log::{Metadata, RecordedEvent, StreamId};
use domain::any_event::aggregate_type;
use domain::ids::{CommandId, ContactId};
use domain::time::Timestamp;
use serde_json::Value;

use super::seal::{self, SealContext};
use super::upcast::{RawEvent, Upcasting};
use crate::database::context::{corrupt, unavailable};
use crate::database::db::Row;
use crate::database::subject_keys::{SubjectKey, SubjectKeys};

/// Streams of aggregates that a newer version writes.
const UNKNOWN_AGGREGATE: &str = "unknown";

/// One row before its seal is opened.
pub(super) struct StoredEvent {
    pub(super) position: u64,
    pub(super) stream: StreamId,
    pub(super) sequence: u64,
    pub(super) raw: RawEvent,
    pub(super) metadata: Metadata,
    pub(super) command_id: CommandId,
    pub(super) recorded_at: Timestamp,
    pub(super) subject: Option<ContactId>,
    pub(super) lane: u16,
    pub(super) sealed: bool,
}

/// Decodes rows in their order; the keys of all subjects are loaded at once.
pub(super) async fn decode(
    rows: Vec<Row>,
    keys: &SubjectKeys,
    upcasting: &Upcasting,
) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
    let stored = rows.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let subjects: HashSet<ContactId> = stored
        .iter()
        .filter(|event| event.sealed)
        .filter_map(|event| event.subject)
        .collect();
    let keys = keys.find_many(&subjects).await?;
    let mut events = Vec::with_capacity(stored.len());
    for mut event in stored {
        open_with(&mut event, &keys)?;
        upcast_into(&mut events, event, upcasting)?;
    }
    Ok(events)
}

/// Opens an event with the keys of all subjects; one that is not sealed stays as it is.
pub(super) fn open_with(
    event: &mut StoredEvent,
    keys: &HashMap<ContactId, SubjectKey>,
) -> Result<(), StoreError> {
    if !event.sealed {
        return Ok(());
    }
    let key = event.subject.and_then(|subject| keys.get(&subject));
    let key = key.ok_or_else(|| {
        corrupt(
            &format!("event {}", event.position),
            "the key of its subject is missing",
        )
    })?;
    open(event, key)
}

/// As [`decode`] without a key at hand: sealed members read as if they were erased.
pub(super) fn decode_closed(
    rows: &[Row],
    upcasting: &Upcasting,
) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let mut event = parse(row)?;
        if event.sealed {
            open(&mut event, &SubjectKey::Destroyed)?;
        }
        upcast_into(&mut events, event, upcasting)?;
    }
    Ok(events)
}

fn upcast_into(
    events: &mut Vec<Arc<RecordedEvent>>,
    event: StoredEvent,
    upcasting: &Upcasting,
) -> Result<(), StoreError> {
    for raw in upcasting.upcast(event.raw) {
        let (event_type, event_version) = (raw.event_type.clone(), raw.event_version.clone());
        let data = upcasting
            .decode(event.stream.aggregate_type, raw)
            .map_err(|error| corrupt(&format!("event {}", event.position), error))?;
        events.push(Arc::new(RecordedEvent {
            position: event.position,
            stream: event.stream,
            sequence: event.sequence,
            event_type,
            event_version,
            data,
            metadata: event.metadata.clone(),
            command_id: event.command_id,
            recorded_at: event.recorded_at,
            subject: event.subject,
            lane: event.lane,
        }));
    }
    Ok(())
}

fn open(event: &mut StoredEvent, key: &SubjectKey) -> Result<(), StoreError> {
    let event_type = event.raw.event_type.clone();
    let context = SealContext {
        stream: event.stream,
        command_id: event.command_id,
        sequence: event.sequence,
        event_type: &event_type,
    };
    seal::open(&mut event.raw.payload, key, context)
        .map_err(|error| corrupt(&format!("event {}", event.position), error))
}

/// Reads a row; its seal stays closed.
pub(super) fn parse(row: &Row) -> Result<StoredEvent, StoreError> {
    let position = row
        .try_get::<i64, _>(0)
        .map_err(unavailable)?
        .cast_unsigned();
    let at = |column: &str, error: &dyn std::fmt::Display| {
        corrupt(&format!("event {position}, {column}"), error)
    };
    let text = |column: usize| row.try_get::<&str, _>(column).map_err(unavailable);
    let number = |column: usize| row.try_get::<i64, _>(column).map_err(unavailable);
    let mut payload: Value =
        serde_json::from_str(text(6)?).map_err(|error| at("payload", &error))?;
    Ok(StoredEvent {
        position,
        stream: StreamId {
            aggregate_type: static_name(text(1)?),
            id: text(2)?
                .parse()
                .map_err(|error| at("aggregate_id", &error))?,
        },
        sequence: number(3)?.cast_unsigned(),
        metadata: serde_json::from_str(text(7)?).map_err(|error| at("metadata", &error))?,
        command_id: text(8)?.parse().map_err(|error| at("command_id", &error))?,
        recorded_at: Timestamp::from_micros(number(9)?),
        subject: row
            .try_get::<Option<&str>, _>(10)
            .map_err(unavailable)?
            .map(str::parse)
            .transpose()
            .map_err(|error| at("subject", &error))?,
        lane: u16::try_from(number(11)?).map_err(|error| at("lane", &error))?,
        sealed: seal::has_sealed_member(&mut payload),
        raw: RawEvent {
            event_type: text(4)?.to_owned(),
            event_version: text(5)?.to_owned(),
            payload,
        },
    })
}

fn static_name(stored: &str) -> &'static str {
    [
        aggregate_type::NUMBER,
        aggregate_type::CONTACT,
        aggregate_type::CONVERSATION,
        aggregate_type::DELIVERY,
        aggregate_type::BOT,
        aggregate_type::BOT_SESSION,
        aggregate_type::DEAL,
        aggregate_type::API_TOKEN,
        aggregate_type::QUICK_REPLY,
        aggregate_type::SAVED_VIEW,
        aggregate_type::SETTINGS,
    ]
    .into_iter()
    .find(|name| *name == stored)
    .unwrap_or(UNKNOWN_AGGREGATE)
}
