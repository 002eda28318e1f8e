//! Keys: the data keys that seal personal data, the keyring that wraps them, the key files.
//!
//! Absent on purpose: rotation of `dedupe_key` and `pepper`. Stored hashes would no longer match.

mod data_key;
mod key_backup;
mod key_files;
mod key_material;
mod keyring;
#[cfg(test)]
mod tests;

pub use data_key::{DataKey, random_bytes};
pub use key_backup::{KeyBackup, KeyPlan};
pub use key_files::{KeyFiles, KeysMade};
pub use key_material::KeyMaterial;
pub use keyring::{Keyring, KnownAnswers};

use std::path::PathBuf;

/// Why a key cannot be made, read or used. Never holds key bytes or sealed text.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The seal does not open under this key and context: another key, or changed bytes.
    #[error("sealed data does not open: it was sealed with another key or was changed")]
    NotOpened,
    /// Sealed data of an unknown format.
    #[error("sealed data has an unknown format")]
    Format,
    /// The cipher refused the input (too long).
    #[error("data cannot be sealed")]
    NotSealed,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(String),
    /// `ENCRYPTION_KEY` is neither a key nor long enough for a passphrase.
    #[error(
        "ENCRYPTION_KEY has {length} characters: give 64 hex digits, 32 bytes as base64, or a \
         passphrase of at least 32 characters (for example the output of `openssl rand -hex 32`)"
    )]
    TooShort {
        /// How long it is.
        length: usize,
    },
    /// The passphrase could not be turned into a key.
    #[error("ENCRYPTION_KEY cannot be turned into a key: {0}")]
    Derivation(String),
    /// A key file that must exist does not.
    #[error(
        "{path} is missing although the log exists: put the file back from the backup of the keys; \
         a new one would not fit the stored data"
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Key files that a backup of the keys, or a restore, needs.
    #[error("missing: {}", list(paths))]
    MissingAll {
        /// Where they should be.
        paths: Vec<PathBuf>,
    },
    /// The file is no backup of keys, or was changed.
    #[error("{path} is not a whole backup of keys: use another copy of it")]
    BackupDamaged {
        /// Which file.
        path: PathBuf,
    },
    /// The file to be written is there already.
    #[error("{path} exists already: nothing is overwritten")]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// Another key lies where one is to be written.
    #[error("{path} holds another key: move it away if its data is gone")]
    Differs {
        /// Which file.
        path: PathBuf,
    },
    /// `ENCRYPTION_KEY` is set to another key.
    #[error("ENCRYPTION_KEY is not the key of this backup of keys: set the right one, or none")]
    SettingDiffers,
    /// A key file holds something else than a key.
    #[error("{path} does not hold 64 hex digits: put the file back from the backup of the keys")]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// A key file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}
