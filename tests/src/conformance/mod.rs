//! One suite for every store: each function is a rule, generic over how a store is opened.
//!
//! Absent on purpose: anything a database does alone (files, permissions); that is tested beside its
//! adapter.

pub mod commits;
pub mod framework;
pub mod reads;

use std::future::Future;
use std::sync::Arc;

use application::ports::event_log::{Commit, EventLog, Metadata, NewEvent, StreamId};
use application::ports::row_op::RowOp;
use domain::any_event::aggregate_type;
use domain::contact::{AttributeValue, ContactEvent};
use domain::ids::{CommandId, ContactId};
use domain::personal::Personal;
use domain::time::Timestamp;
use uuid::Uuid;

/// Opens a store and opens it again on the same data.
pub trait StoreFactory: Sized {
    /// An empty store.
    fn fresh() -> impl Future<Output = anyhow::Result<Self>>;
    /// Closes the store and opens it on what it left behind.
    fn reopen(self) -> impl Future<Output = anyhow::Result<Self>>;
    /// The log.
    fn log(&self) -> Arc<dyn EventLog>;
}

/// A command id that differs by number.
pub fn command(number: u128) -> CommandId {
    CommandId::new(Uuid::from_u128(0xc0_0000 + number))
}

/// A contact's stream that differs by number.
pub fn stream(number: u128) -> StreamId {
    StreamId {
        aggregate_type: aggregate_type::CONTACT,
        id: Uuid::from_u128(number),
    }
}

/// A commit of `count` attribute events on a contact's stream.
pub fn commit(number: u128, expected_version: u64, command_id: CommandId, count: usize) -> Commit {
    let event = |index: usize| NewEvent {
        event_type: "ContactAttributeSet".to_owned(),
        event_version: "1".to_owned(),
        data: ContactEvent::AttributeSet {
            at: Timestamp::from_seconds(1_700_000_000),
            key: format!("key {index}"),
            session: None,
            personal: Personal::Open(AttributeValue {
                value: format!("{number} \"\\ \u{1f600}"),
            }),
        }
        .into(),
    };
    Commit {
        stream: stream(number),
        expected_version,
        command_id,
        remember: false,
        events: (0..count).map(event).collect(),
        metadata: Metadata {
            actor: "system".to_owned(),
            cause: Some(3),
        },
        subject: Some(ContactId::new(Uuid::from_u128(number))),
        lane: 12,
        row_ops: Vec::new(),
    }
}

/// As [`commit`], remembered.
pub fn remembered(number: u128, expected_version: u64, command_id: CommandId) -> Commit {
    Commit {
        remember: true,
        ..commit(number, expected_version, command_id, 1)
    }
}

/// A commit that no database accepts: its secret's id is taken.
pub fn poisoned(number: u128, secret: RowOp) -> Commit {
    Commit {
        row_ops: vec![secret.clone(), secret],
        ..commit(number, 0, command(number), 1)
    }
}
