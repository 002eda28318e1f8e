//! `manifest.json`: what a backup holds, with a checksum over itself.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{BackupError, files};

/// Its name.
pub const MANIFEST: &str = "manifest.json";
/// The only format there is so far.
const FORMAT: u64 = 1;
const PRODUCT: &str = "vestnik";

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format of the backup.
    pub format: u64,
    /// `vestnik`.
    pub product: String,
    /// Version of the program that made it.
    pub product_version: String,
    /// When its snapshot was taken.
    pub created_at: Timestamp,
    /// Epoch of the log.
    pub epoch: Uuid,
    /// Position of the last event in it.
    pub head: u64,
    /// Rows in it.
    pub counts: Counts,
    /// Its files besides this one.
    pub files: Vec<FileEntry>,
    /// SHA-256 of this document with this member empty.
    pub checksum: String,
}

/// Rows in a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Events.
    pub events: u64,
    /// Streams.
    pub streams: u64,
    /// Blobs.
    pub blobs: u64,
    /// Customers whose key is there, destroyed ones included.
    pub subject_keys: u64,
    /// Sealed tokens and app secrets.
    pub secrets: u64,
    /// Received items that were not handled yet.
    pub inbox_open: u64,
    /// Messages that were queued or on their way: a restore declares them unknown.
    pub outbox_unsettled: u64,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name in the folder.
    pub name: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

impl Manifest {
    /// A manifest of this format and product, sealed by its checksum.
    pub(super) fn new(
        product_version: &str,
        created_at: Timestamp,
        (epoch, head): (Uuid, u64),
        counts: Counts,
        files: Vec<FileEntry>,
    ) -> Self {
        let mut manifest = Self {
            format: FORMAT,
            product: PRODUCT.to_owned(),
            product_version: product_version.to_owned(),
            created_at,
            epoch,
            head,
            counts,
            files,
            checksum: String::new(),
        };
        manifest.checksum = manifest.sum();
        manifest
    }

    fn sum(&self) -> String {
        let plain = Self {
            checksum: String::new(),
            ..self.clone()
        };
        // Neither a map with odd keys nor a number without a form is in it, so this cannot fail.
        let text = serde_json::to_vec(&plain).unwrap_or_default();
        hex::encode(Sha256::digest(text))
    }

    /// Writes it into a folder that has none.
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(MANIFEST);
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| BackupError::damaged(&path, error.to_string()))?;
        files::write_new(&path, format!("{text}\n").as_bytes())
            .map_err(|error| BackupError::file(&path, error))
    }

    /// Reads the manifest of a backup.
    ///
    /// # Errors
    /// [`BackupError`]: none there, not whole, or of a newer format.
    pub fn read(folder: &Path) -> Result<Self, BackupError> {
        let path = folder.join(MANIFEST);
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => BackupError::NotFound {
                path: folder.to_owned(),
            },
            _ => BackupError::file(&path, error),
        })?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|error| BackupError::damaged(&path, format!("is not whole: {error}")))?;
        if value["product"] != PRODUCT {
            return Err(BackupError::damaged(&path, "is not of a Vestnik backup"));
        }
        if value["format"]
            .as_u64()
            .is_some_and(|format| format > FORMAT)
        {
            let version = value["product_version"].as_str().unwrap_or("?").to_owned();
            return Err(BackupError::Newer {
                version,
                what: "format of backups",
            });
        }
        let manifest: Self = serde_json::from_value(value)
            .map_err(|error| BackupError::damaged(&path, format!("is not whole: {error}")))?;
        if manifest.checksum != manifest.sum() {
            return Err(BackupError::damaged(
                &path,
                "was changed: its checksum differs",
            ));
        }
        Ok(manifest)
    }

    /// The path of a named file; one that leads out of the folder is damage.
    pub(super) fn path_of(folder: &Path, entry: &FileEntry) -> Result<PathBuf, BackupError> {
        if entry.name.contains(['/', '\\']) || entry.name.starts_with('.') {
            return Err(BackupError::damaged(
                &folder.join(MANIFEST),
                "names a file outside of the backup",
            ));
        }
        Ok(folder.join(&entry.name))
    }
}
