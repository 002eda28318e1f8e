//! Backups of an installation: made beside a running server, verified anywhere, restored into an empty
//! data folder.
//!
//! A backup is a folder: `log.db` (log, blobs, inbox, outbox, wrapped keys) of one read snapshot, and
//! `manifest.json`, which names it with its hash. It is the same whether SQLite or PostgreSQL kept the data, and can be
//! restored on either. Absent on purpose: read models (rebuilt from the log) and whatever unwraps the keys
//! (`vestnik keys backup`).

mod create;
pub(crate) mod files;
mod look;
mod manifest;
mod restore;
mod snapshot;
#[cfg(test)]
mod tests;
mod verify;

use std::path::{Path, PathBuf};

use application::ports::StoreError;

pub use create::{BackupJob, Backups, Made};
pub use look::{LogFile, look, quick_check};
pub use manifest::{Counts, FileEntry, MANIFEST, Manifest};
pub use restore::{Restore, RestoredLog};
pub(crate) use snapshot::STATEMENTS;
pub use verify::{Check, Finding, Verified, verify, wrong_keys};

use crate::keys::KeyError;
use crate::transfer::TransferError;

/// What is under way, for progress bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The log is copied; bytes, or rows from and to PostgreSQL.
    Copying,
    /// Files are hashed; bytes.
    Hashing,
    /// Events are read; events.
    Reading,
    /// Both sides of a copy are compared; rows.
    Comparing,
}

impl Stage {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Copying => "copying",
            Self::Hashing => "hashing",
            Self::Reading => "reading",
            Self::Comparing => "comparing",
        }
    }
}

/// Told how far a stage is: done, of how much.
pub type Progress<'a> = &'a (dyn Fn(Stage, u64, u64) + Send + Sync);

/// Why a backup was not made, verified or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// No manifest lies there.
    #[error("{} is no backup: it has no manifest.json", .path.display())]
    NotFound {
        /// Where.
        path: PathBuf,
    },
    /// A file is not what the manifest says, or the manifest is not whole.
    #[error("{}: {what}", .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A newer version of the program made it.
    #[error("made by version {version}, whose {what} this version does not know")]
    Newer {
        /// Of the program that made it.
        version: String,
        /// What is unknown.
        what: &'static str,
    },
    /// Something lies where the backup was to be made.
    #[error("{} exists", .path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Another backup is being made.
    #[error("another backup is being made")]
    Running,
    /// The data folder has no log.
    #[error("{} does not exist", .path.display())]
    NoLog {
        /// Where it would be.
        path: PathBuf,
    },
    /// The data folder to restore into is not empty.
    #[error("{} holds {found}", .path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
        /// What lies there.
        found: String,
    },
    /// Keys do not belong to the log.
    #[error("not the keys of this log: {}", .keys.join(", "))]
    WrongKeys {
        /// Which.
        keys: Vec<&'static str>,
    },
    /// Keys are missing or cannot be read.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A file or folder.
    #[error("{}: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The database.
    #[error("the log's database: {0}")]
    Database(#[from] sqlx::Error),
    /// Stored rows.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// From or to PostgreSQL.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

impl BackupError {
    fn file(path: &Path, error: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            error,
        }
    }

    fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            what: what.into(),
        }
    }
}
