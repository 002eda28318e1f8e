//! The traits through which the application reaches the world. One file a port.

pub mod blobs;
pub mod broker;
pub mod clock;
pub mod cloud_api;
pub mod directory;
pub mod event_file;
pub mod event_log;
pub mod hashes;
pub mod idempotency;
pub mod inbox;
pub mod leases;
pub mod outbox;
pub mod process_store;
pub mod published_marks;
pub mod row_op;
pub mod stored_events;

/// Why a store could not do its work. The only kind of error that is logged as an error.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The queue is full: try later, nothing was written.
    #[error("the write queue is full")]
    Overloaded,
    /// The database cannot be reached or refuses; whether a write happened may be unknown.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// A stored value cannot be read.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// An event of this type stands in the way: a newer version wrote it, and only such a node can go on.
    #[error("an event of the type {0} is of a newer version")]
    Newer(String),
    /// Another node does this work now; nothing was written.
    #[error("another node has taken this work over")]
    LeaseLost,
}
