//! A file that exported events are written to, in one of the formats people take away.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::use_cases::exports::ExportedEvent;

/// Forms of an exported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// One JSON object a line.
    Ndjson,
    /// Apache Parquet: the envelope as columns, the payload as JSON text.
    Parquet,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// How many events.
    pub events: u64,
    /// Position of the first, `None` if there are none.
    pub first_position: Option<u64>,
    /// Position of the last.
    pub last_position: Option<u64>,
    /// How many of each event type.
    pub event_types: BTreeMap<String, u64>,
    /// Length of the file.
    pub bytes: u64,
    /// SHA-256 of the file as 64 hex digits.
    pub sha256: String,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EventFileError {
    /// The disk, or whoever reads the other end.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The format.
    #[error("the file cannot be encoded: {0}")]
    Format(String),
}

/// A file under way. Memory is bounded, whatever the number of events.
pub trait EventFile: Send {
    /// Adds an event.
    ///
    /// # Errors
    /// [`EventFileError`]; the file is of no use then.
    fn write(&mut self, event: &ExportedEvent) -> Result<(), EventFileError>;

    /// Hands what was added to the operating system, as far as the format allows.
    ///
    /// # Errors
    /// [`EventFileError`].
    fn flush(&mut self) -> Result<(), EventFileError>;

    /// Writes what the format needs at its end.
    ///
    /// # Errors
    /// [`EventFileError`].
    fn finish(self: Box<Self>) -> Result<Written, EventFileError>;
}
