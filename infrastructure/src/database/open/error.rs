//! Why the database does not open.

use std::path::PathBuf;

use application::ports::StoreError;

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
    /// A migration failed, or the log was written by a newer version.
    #[error("the log's tables cannot be brought to this version: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database.
    #[error("the log cannot be opened: {0}")]
    Database(#[from] sqlx::Error),
    /// Stored rows.
    #[error(transparent)]
    Store(#[from] StoreError),
}
