//! What every adapter of this database is built from.

use std::sync::Arc;

use application::ports::clock::{Clock, IdGenerator};

use super::db::Pool;
use super::subject_keys::SubjectKeys;
use crate::keys::Keyring;

/// Shared by the adapters; cheap to clone.
#[derive(Clone, Debug)]
pub struct AdapterContext {
    /// Read-only connections.
    pub reads: Pool,
    /// The keys of the installation.
    pub keyring: Arc<Keyring>,
    /// The keys of contacts.
    pub subject_keys: Arc<SubjectKeys>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdGenerator>,
}

/// The way every adapter reports a database error.
pub(crate) fn unavailable(error: sqlx::Error) -> application::ports::StoreError {
    application::ports::StoreError::Unavailable(error.to_string())
}

/// The way every adapter reports a stored value that does not parse.
pub(crate) fn corrupt(what: &str, error: impl std::fmt::Display) -> application::ports::StoreError {
    application::ports::StoreError::Corrupt(format!("{what}: {error}"))
}
