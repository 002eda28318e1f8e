//! All rows of a log's database into another one, of the other kind too: moving an installation, and backups of
//! what is in PostgreSQL, which are files of SQLite.
//!
//! Both sides are read in the order of each table's key and compared by count and hash over one form of the
//! values, so what differs is found whichever database keeps it. Absent on purpose: read models, which are
//! built anew from the log, and the keys of the data folder, which stay where they are.

mod columns;
mod declare;
mod finish;
mod installation;
mod passage;
mod place;
mod rows;
mod snapshot;
pub mod tables;
mod write;

use std::path::PathBuf;

use domain::time::Timestamp;

pub(crate) use columns::STATEMENTS as COLUMN_STATEMENTS;
pub(crate) use declare::STATEMENTS as DECLARE_STATEMENTS;
pub use declare::{Declared, Loss, declare};
pub(crate) use finish::{NewEpoch, STATEMENTS as FINISH_STATEMENTS};
pub use installation::{Copied, Copy};
pub use place::Place;
pub(crate) use place::STATEMENTS as PLACE_STATEMENTS;
pub use rows::Print;
pub(crate) use snapshot::{Import, export};

use crate::database::OpenError;

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePrint {
    /// Its name.
    pub table: &'static str,
    /// Rows and hash, the same on both sides.
    pub print: Print,
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// There is no installation.
    #[error("{place} holds no log")]
    NoLog {
        /// Where.
        place: String,
    },
    /// The tables are not of this version.
    #[error("its tables are of version {found}, those of this program of version {newest}")]
    Version {
        /// Of the source.
        found: i64,
        /// Of the program.
        newest: i64,
    },
    /// Between databases of the same kind.
    #[error("from SQLite to PostgreSQL or back")]
    SameKind,
    /// The source is itself the target of a copy that is not finished.
    #[error("a copy into {place} was begun and is not finished")]
    Unfinished {
        /// Where.
        place: String,
    },
    /// The source was moved before.
    #[error("it was moved to {to} at {}", .at.to_rfc3339_millis())]
    Moved {
        /// Where.
        to: String,
        /// When.
        at: Timestamp,
    },
    /// The target holds something else.
    #[error("{place} holds {what}")]
    NotEmpty {
        /// Where.
        place: String,
        /// What lies there.
        what: String,
    },
    /// Servers are connected.
    #[error("{connections} connections of vestnik are open on {place}")]
    InUse {
        /// Where.
        place: String,
        /// How many.
        connections: i64,
    },
    /// Another copy works on the same database.
    #[error("another copy works on the same database")]
    Running,
    /// A table is not as it should be.
    #[error("{table}: {what}")]
    Shape {
        /// Which.
        table: &'static str,
        /// What is wrong.
        what: String,
    },
    /// Both sides do not hold the same.
    #[error(
        "{table}: {} rows with hash {} became {} rows with hash {}",
        .expected.rows, short(.expected), .found.rows, short(.found)
    )]
    Differs {
        /// Which table.
        table: &'static str,
        /// Of the source.
        expected: Print,
        /// Of the target.
        found: Print,
    },
    /// A file.
    #[error("{}: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The target does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A database.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
}

fn short(print: &Print) -> &str {
    print.sha256.get(..12).unwrap_or_default()
}
