//! The event log: append-only streams with optimistic concurrency, read by stream and by position.

use std::sync::Arc;

use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::ids::{CommandId, ContactId};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::StoreError;
use super::row_op::RowOp;

/// Names a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId {
    /// One of `domain::any_event::aggregate_type`.
    pub aggregate_type: &'static str,
    /// The aggregate's id.
    pub id: Uuid,
}

/// Who or what caused an event; kept in its metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    /// `token:<id>`, `bot`, `meta`, `system`, `cli`.
    pub actor: String,
    /// Position of the event that led to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<u64>,
}

/// An event before it has a position.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// As stored, e.g. `ConversationMessageReceived`.
    pub event_type: String,
    /// As stored, e.g. `1`.
    pub event_version: String,
    /// The event, open; the log seals its `personal` member.
    pub data: AnyEvent,
}

/// One decision: events of one stream with the row operations that belong to it. Never without events.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The stream.
    pub stream: StreamId,
    /// The version the decision was made on; 0 for a new stream.
    pub expected_version: u64,
    /// Makes it idempotent per stream.
    pub command_id: CommandId,
    /// Whether the command id is remembered in `commands` (clients' and managers' commands are; inbox
    /// items are remembered by their own key).
    pub remember: bool,
    /// At least one event.
    pub events: Vec<NewEvent>,
    /// Who caused it.
    pub metadata: Metadata,
    /// Whose key seals the personal members.
    pub subject: Option<ContactId>,
    /// Routing lane.
    pub lane: u16,
    /// Applied in the same transaction, only if the commit wins.
    pub row_ops: Vec<RowOp>,
}

/// A commit that is on disk (or was before).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Version of the stream after it.
    pub version: u64,
    /// Position of its last event.
    pub position: u64,
    /// The command had been committed before; nothing was written now.
    pub duplicate: bool,
    /// Server time of the commit.
    pub recorded_at: Timestamp,
}

/// Why a commit was not written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    /// The stream has moved on: read its tail and decide again.
    #[error("the stream is at another version")]
    Conflict,
    /// A row operation's precondition does not hold; nothing was written.
    #[error("a row operation does not apply: {0}")]
    Precondition(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An event as recorded.
#[derive(Clone, Debug)]
pub struct RecordedEvent {
    /// Dense, in commit order, from 1.
    pub position: u64,
    /// Which stream.
    pub stream: StreamId,
    /// Version of the stream after this event, from 1.
    pub sequence: u64,
    /// As stored (of the newest version after upcasting).
    pub event_type: String,
    /// As stored (after upcasting), a whole number.
    pub event_version: String,
    /// Decoded and opened.
    pub data: AnyEvent,
    /// Who caused it.
    pub metadata: Metadata,
    /// The command it belongs to.
    pub command_id: CommandId,
    /// Database time.
    pub recorded_at: Timestamp,
    /// Whose key seals it.
    pub subject: Option<ContactId>,
    /// Routing lane.
    pub lane: u16,
}

impl RecordedEvent {
    /// Type and version, as nodes tell each other what they can read: `BotActivated@1`.
    pub fn kind(&self) -> String {
        format!("{}@{}", self.event_type, self.event_version)
    }
}

/// Who keeps states of streams in memory and must know when another node has gone on.
pub trait StreamWatcher: Send + Sync + std::fmt::Debug {
    /// An event of this sequence number was read from a log that other nodes append to. Told before anyone on
    /// this node gets the event; events of this node may be among them.
    fn seen(&self, stream: StreamId, sequence: u64);
}

/// The log. One implementation a database, one conformance suite for all.
#[async_trait]
pub trait EventLog: Send + Sync + std::fmt::Debug {
    /// Appends one commit, durable when it returns.
    ///
    /// # Errors
    /// [`CommitError`]; after `Store(Unavailable)` the outcome is unknown and the same commit may be
    /// appended again: its command id tells.
    async fn append(&self, commit: Commit) -> Result<Committed, CommitError>;

    /// The events of a stream after a version, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_stream(
        &self,
        stream: StreamId,
        after_version: u64,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError>;

    /// The version of a stream, 0 if it does not exist.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn stream_version(&self, stream: StreamId) -> Result<u64, StoreError>;

    /// What a remembered command of this stream led to.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find_command(
        &self,
        stream: StreamId,
        command: CommandId,
    ) -> Result<Option<Committed>, StoreError>;

    /// One event by position, from the ring or the store.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_at(&self, position: u64) -> Result<Option<Arc<RecordedEvent>>, StoreError>;

    /// Up to `limit` events after a position, oldest first; empty at the head.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_after(
        &self,
        position: u64,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError>;

    /// Waits until the head is beyond `position`; may return early. Lost wake-ups cost latency only.
    async fn wait_beyond(&self, position: u64);

    /// Tells someone of events that come from other nodes. Where this process alone appends there are none.
    fn watch_streams(&self, _watcher: Arc<dyn StreamWatcher>) {}

    /// Position of the newest event, 0 in an empty log.
    fn head(&self) -> u64;

    /// The highest position that a cursor may name: where other nodes append too, they may be ahead of what this
    /// one has heard of.
    fn reach(&self) -> u64 {
        self.head()
    }

    /// The log's epoch: changes when an installation is restored.
    fn epoch(&self) -> Uuid;
}
