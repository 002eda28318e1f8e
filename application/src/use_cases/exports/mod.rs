//! Events for analysts: the log from a cursor on, with personal data sealed, removed or open.
//!
//! Events are exported as they were written, in the versions they were written in; `docs/schemas` describes
//! each. Absent on purpose: who may read which ([`super::policy`]), HTTP, files.

mod event;
mod pseudonym;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

pub use event::ExportedEvent;

use super::policy::Action;
use crate::cursor::{Cursor, CursorError};
use crate::ports::StoreError;
use crate::ports::event_log::EventLog;
use crate::ports::hashes::KeyedHashes;
use crate::ports::stored_events::{Seal, StoredEvents};

/// Events read at once: a page of them is all the memory that an export of any length takes.
pub const PAGE: usize = 256;
/// What a client may send instead of a cursor: begin with what comes next.
pub const LATEST: &str = "latest";

/// What becomes of customers' personal data in an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PersonalMode {
    /// Ciphertext as stored: destroying a customer's key erases the person from the export too.
    #[default]
    Sealed,
    /// Removed; ids that belong to customers are replaced by keyed hashes.
    Pseudonym,
    /// In plain text.
    Open,
}

impl PersonalMode {
    /// All of them by their names.
    pub const ALL: [(&'static str, Self); 3] = [
        ("sealed", Self::Sealed),
        ("pseudonym", Self::Pseudonym),
        ("open", Self::Open),
    ];

    /// The name on the command line and in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Pseudonym => "pseudonym",
            Self::Open => "open",
        }
    }

    /// What one must be allowed to do to read this.
    pub const fn action(self) -> Action {
        match self {
            Self::Sealed | Self::Pseudonym => Action::ReadMaskedEvents,
            Self::Open => Action::ReadOpenEvents,
        }
    }

    const fn seal(self) -> Seal {
        match self {
            Self::Sealed => Seal::Kept,
            Self::Pseudonym => Seal::Removed,
            Self::Open => Seal::Opened,
        }
    }
}

/// Reads events for those who take them away.
#[derive(Debug)]
pub struct Exports {
    /// Where the log ends, and its epoch.
    pub log: Arc<dyn EventLog>,
    /// The rows.
    pub stored: Arc<dyn StoredEvents>,
    /// Makes pseudonyms.
    pub hashes: Arc<dyn KeyedHashes>,
}

impl Exports {
    /// Position of the newest event.
    pub fn head(&self) -> u64 {
        self.log.head()
    }

    /// The cursor after a position.
    pub fn cursor(&self, position: u64) -> Cursor {
        Cursor::new(self.log.epoch(), position)
    }

    /// Where to begin: at a client's cursor, with [`LATEST`] at the end, else at the beginning.
    ///
    /// # Errors
    /// [`CursorError`].
    pub fn begin(&self, after: Option<&str>) -> Result<u64, CursorError> {
        match after {
            None => Ok(0),
            Some(LATEST) => Ok(self.head()),
            Some(text) => Cursor::position_in(text, self.log.epoch(), self.log.reach()),
        }
    }

    /// The next events after a position, at most `limit` and at most [`PAGE`]; empty at the head.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn page(
        &self,
        after: u64,
        limit: u64,
        personal: PersonalMode,
    ) -> Result<Vec<ExportedEvent>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(PAGE).min(PAGE);
        let stored = self
            .stored
            .read_stored(after, limit, personal.seal())
            .await?;
        let epoch = self.log.epoch();
        let exported = stored.into_iter().map(|event| {
            let cursor = Cursor::new(epoch, event.position);
            let event = ExportedEvent::new(event, cursor);
            if personal == PersonalMode::Pseudonym {
                pseudonym::apply(event, &|id| self.pseudonym(id))
            } else {
                event
            }
        });
        Ok(exported.collect())
    }

    /// Waits until there is something after a position, but no longer than this; whether there is.
    pub async fn wait(&self, after: u64, at_most: Duration) -> bool {
        let waited = tokio::time::timeout(at_most, self.log.wait_beyond(after)).await;
        waited.is_ok()
    }

    /// An id that stands for another one: the same on every export of this installation, and of no use
    /// without its keys.
    fn pseudonym(&self, id: Uuid) -> Uuid {
        let hash = self
            .hashes
            .identity("export", "pseudonym", &id.hyphenated().to_string());
        uuid::Builder::from_custom_bytes(hash.0).into_uuid()
    }
}
