//! Why the database does not open.

use std::path::PathBuf;

use application::ports::StoreError;
use domain::time::Timestamp;
use sqlx::migrate::MigrateError;

/// Why the database does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The linked SQLite is too old.
    #[error("SQLite {found} is too old: 3.51.3 or newer is needed")]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// The server is too old.
    #[error("PostgreSQL {found} is too old: 14 or newer is needed")]
    OldPostgres {
        /// Its version.
        found: String,
    },
    /// A key is not the one this log was written with.
    #[error(
        "{key} is not the one this log was written with: restore the key, or point data_dir or database_url \
         to the log that belongs to it"
    )]
    WrongKey {
        /// Which key.
        key: &'static str,
    },
    /// A row that the log cannot be without.
    #[error("{what} is damaged: restore the log from a backup")]
    Damaged {
        /// Which row.
        what: &'static str,
    },
    /// The data directory or the file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A newer version of the program has changed the tables.
    #[error("its tables have change {version}, which this version of vestnik does not know")]
    Newer {
        /// The last change.
        version: i64,
    },
    /// The log goes on elsewhere.
    #[error("it was moved to {to} at {}", .at.to_rfc3339_millis())]
    Moved {
        /// Where.
        to: String,
        /// When.
        at: Timestamp,
    },
    /// A copy into this database was begun and not finished.
    #[error("a copy into it was begun and is not finished")]
    CopyUnfinished,
    /// The database was restored by other means than `vestnik backup restore`.
    #[error("{what}")]
    Restored {
        /// By what that is known.
        what: &'static str,
    },
    /// Servers are connected to the database.
    #[error("{connections} connections of vestnik are open on it")]
    InUse {
        /// How many.
        connections: i64,
    },
    /// A migration failed.
    #[error("the log's tables cannot be brought to this version: {0}")]
    Migrate(MigrateError),
    /// The database.
    #[error("the log cannot be opened: {0}")]
    Database(#[from] sqlx::Error),
    /// Stored rows.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a log must not be served as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// By its kind.
    pub kind: RefusalKind,
    /// In words.
    pub text: String,
}

/// The kinds of [`Refusal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// It was moved elsewhere.
    Moved,
    /// A copy into it is not finished.
    CopyUnfinished,
    /// It was restored or cloned by hand.
    Restored,
}

impl OpenError {
    /// Why the log must not be served, if it is for that.
    pub fn refusal(&self) -> Option<Refusal> {
        let kind = match self {
            Self::Moved { .. } => RefusalKind::Moved,
            Self::CopyUnfinished => RefusalKind::CopyUnfinished,
            Self::Restored { .. } => RefusalKind::Restored,
            _ => return None,
        };
        let text = self.to_string();
        Some(Refusal { kind, text })
    }
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer { version },
            other => Self::Migrate(other),
        }
    }
}
