//! Runs the projections: events in order, rows and checkpoints in one transaction, builds beside the old.
//!
//! Invariants: a checkpoint never passes an event that was not scanned; an event of an unknown type stops
//! a projection and is never skipped; what a projection cannot apply is parked by its stream and said.

mod batch;
mod fingerprint;
mod live;
mod location;
mod owned;
mod rebuild;
mod store;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;

use application::ports::StoreError;
use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use infrastructure::database::db::Connection;

use crate::page::InvalidCursor;
use crate::table::Table;

pub use live::Projections;
pub use location::Location;

/// A read model: its tables and how events change them. No effects: it gets a transaction, nothing else.
#[async_trait]
pub trait Projection: Send + Sync + std::fmt::Debug {
    /// Its name in lists and commands.
    fn name(&self) -> &'static str;

    /// Grows with each change of the tables or of their meaning; a new one is built from zero.
    fn version(&self) -> u32;

    /// Its tables.
    fn tables(&self) -> &'static [Table];

    /// Applies events, in order, to the tables of a build.
    ///
    /// # Errors
    /// [`ApplyError`]: nothing of the batch is kept.
    async fn apply(
        &self,
        transaction: &mut Connection,
        build: Build,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ApplyError>;
}

/// Number of a build; the names of its tables end in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Build(pub u32);

impl Build {
    /// Points a statement that names the tables of build 1 at this build.
    pub fn sql(self, statement: &str) -> String {
        statement.replace("_b1", &format!("_b{}", self.0))
    }
}

/// Why a batch could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The database failed or refused.
    #[error("the read models' database: {0}")]
    Database(#[from] sqlx::Error),
    /// A value has no JSON form.
    #[error("a value cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The row that the event changes does not exist.
    #[error("there is no row in {0} for this event")]
    MissingRow(&'static str),
    /// Another owner moved the projection on: nothing of this batch is kept.
    #[error("another owner moved the projection {0} on")]
    Moved(&'static str),
    /// The projection cannot take the event.
    #[error("{0}")]
    Refused(&'static str),
}

impl ApplyError {
    /// Whether the event is to blame, not the database: trying again cannot help for long.
    pub(crate) fn is_poison(&self) -> bool {
        match self {
            Self::Json(_) | Self::MissingRow(_) | Self::Refused(_) => true,
            Self::Moved(_) => false,
            Self::Database(sqlx::Error::Database(error)) => {
                !matches!(error.kind(), sqlx::error::ErrorKind::Other)
                    || error.code().is_some_and(|code| is_bad_data(&code))
            }
            Self::Database(error) => matches!(
                error,
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::Encode(_)
            ),
        }
    }
}

/// PostgreSQL's class for values that it cannot take. Its codes have five characters, SQLite's at most four.
fn is_bad_data(code: &str) -> bool {
    code.len() == 5 && code.starts_with("22")
}

/// Why the read models could not answer or be run.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The database failed.
    #[error("the read models' database: {0}")]
    Database(#[from] sqlx::Error),
    /// The file could not be opened anew.
    #[error("the read models' file: {0}")]
    File(#[from] std::io::Error),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// The batch failed for a reason that is no event's fault.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// A stored value has another form than this version writes: rebuild the projection.
    #[error("the column {0} of a read model cannot be read: rebuild its projection")]
    Unreadable(&'static str),
    /// No such projection.
    #[error("there is no projection `{0}`; `vestnik projections list` names them")]
    NoSuchProjection(String),
    /// A rebuild runs already.
    #[error("a rebuild is running: wait until it ends")]
    Busy,
    /// The service is being stopped.
    #[error("the service is stopping")]
    Stopping,
    /// An event of a newer version stands in the way.
    #[error("the event at position {0} is of a type that this version does not know: upgrade")]
    UnknownEvent(u64),
    /// The cursor is not ours.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
}

/// Whether a build answers queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectionState {
    /// Answers queries.
    Live,
    /// Is being built beside the live one.
    Building,
}

/// How a build of a projection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionStatus {
    /// The projection.
    pub name: &'static str,
    /// Version of its code.
    pub version: u32,
    /// The build.
    pub build: u32,
    /// Whether it answers queries.
    pub state: ProjectionState,
    /// Position of the last event it scanned.
    pub position: u64,
    /// Events between it and the head of the log.
    pub lag: u64,
    /// Why it does not show everything, if so.
    pub degraded: Option<String>,
}
