//! The log as it is stored: events of any version with the types and payloads they were written with.
//!
//! For those who take events out of the installation. Absent on purpose: upcasting and decoding
//! ([`super::event_log`] does both).

use async_trait::async_trait;
use domain::time::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::StoreError;
use super::event_log::Metadata;

/// What becomes of the member `personal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// It stays ciphertext under `$sealed`, as stored.
    Kept,
    /// It is opened under its subject's key; `erased` if that key was destroyed.
    Opened,
    /// `erased` stands in its place, whatever it was. No key is read.
    Removed,
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// Dense, in commit order, from 1.
    pub position: u64,
    /// The stream's aggregate, also one that only a newer version knows.
    pub aggregate_type: String,
    /// The stream's id.
    pub aggregate_id: Uuid,
    /// Version of the stream after this event, from 1.
    pub sequence: u64,
    /// As written, e.g. `ConversationMessageReceived`.
    pub event_type: String,
    /// As written, e.g. `1`.
    pub event_version: String,
    /// As written, but for the seal.
    pub payload: Value,
    /// Who caused it.
    pub metadata: Metadata,
    /// The command it belongs to.
    pub command_id: Uuid,
    /// Database time.
    pub recorded_at: Timestamp,
    /// Whose key seals it.
    pub subject: Option<Uuid>,
    /// Routing lane.
    pub lane: u16,
}

/// Reads rows of the log.
#[async_trait]
pub trait StoredEvents: Send + Sync + std::fmt::Debug {
    /// Up to `limit` events after a position, oldest first; empty at the head.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_stored(
        &self,
        after: u64,
        limit: usize,
        seal: Seal,
    ) -> Result<Vec<StoredEvent>, StoreError>;
}
