//! Making a backup: under a name of its own first, renamed when it is whole and on disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use application::ports::clock::Clock;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::sync::CancellationToken;

use super::{BackupError, FileEntry, Manifest, Progress, Stage, files, snapshot};
use crate::database::db::Server;
use crate::database::open::FILE;
use crate::transfer::{self, Place};

/// Where backups lie that were given no place: inside the data folder.
pub(super) const FOLDER: &str = "backups";

/// Makes backups of one installation, one at a time.
#[derive(Debug)]
pub struct Backups {
    data_dir: PathBuf,
    source: Place,
    product_version: &'static str,
    clock: Arc<dyn Clock>,
    running: Arc<Mutex<()>>,
}

/// A backup that is about to be made. Whoever holds it is the only one.
#[derive(Debug)]
pub struct BackupJob {
    source: Place,
    output: PathBuf,
    draft: PathBuf,
    product_version: &'static str,
    clock: Arc<dyn Clock>,
    _alone: OwnedMutexGuard<()>,
}

/// A backup that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its folder.
    pub path: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
}

impl Backups {
    /// Backups of the installation in a data folder, whose log may be on a server.
    pub fn new(
        data_dir: &Path,
        server: Option<&Server>,
        product_version: &'static str,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let source = match server {
            Some(server) => Place::Server(server.clone()),
            None => Place::Folder(data_dir.to_owned()),
        };
        Self {
            data_dir: data_dir.to_owned(),
            source,
            product_version,
            clock,
            running: Arc::default(),
        }
    }

    /// Checks that a backup can be made at `output`, a folder that does not exist yet; without it in the
    /// data folder's `backups`.
    ///
    /// # Errors
    /// [`BackupError::Running`], [`BackupError::Exists`], [`BackupError::NoLog`].
    pub fn begin(&self, output: Option<&Path>) -> Result<BackupJob, BackupError> {
        let alone = Arc::clone(&self.running)
            .try_lock_owned()
            .map_err(|_| BackupError::Running)?;
        if let Place::Folder(folder) = &self.source {
            let path = folder.join(FILE);
            if !path.is_file() {
                return Err(BackupError::NoLog { path });
            }
        }
        let now = self.clock.now();
        let output = output.map_or_else(
            || {
                let name = format!("vestnik-{}", compact(&now.to_rfc3339_millis()));
                self.data_dir.join(FOLDER).join(name)
            },
            Path::to_owned,
        );
        if output.symlink_metadata().is_ok() {
            return Err(BackupError::Exists { path: output });
        }
        let draft = files::beside(&output, &format!("partial-{}", now.as_micros()));
        Ok(BackupJob {
            source: self.source.clone(),
            output,
            draft,
            product_version: self.product_version,
            clock: Arc::clone(&self.clock),
            _alone: alone,
        })
    }
}

/// `20261122T101530Z` of `2026-11-22T10:15:30.123Z`.
fn compact(time: &str) -> String {
    let seconds = time.split('.').next().unwrap_or(time);
    let digits = seconds.chars().filter(|one| !matches!(one, '-' | ':'));
    digits.chain(['Z']).collect()
}

impl BackupJob {
    /// Makes it; what was begun is removed if it fails or is told to stop.
    ///
    /// # Errors
    /// [`BackupError`].
    pub async fn run(
        self,
        stop: &CancellationToken,
        progress: Progress<'_>,
    ) -> Result<Made, BackupError> {
        let made = tokio::select! {
            made = self.make(progress) => made,
            () = stop.cancelled() => Err(BackupError::Stopping),
        };
        if made.is_err() {
            // It may not have come so far as to exist.
            let _ = fs::remove_dir_all(&self.draft);
        }
        made
    }

    async fn make(&self, progress: Progress<'_>) -> Result<Made, BackupError> {
        let folder = files::folder_of(&self.output);
        files::create_folder(folder).map_err(|error| BackupError::file(folder, error))?;
        files::create_folder(&self.draft).map_err(|error| BackupError::file(&self.draft, error))?;
        let created_at = self.clock.now();
        let copy = self.draft.join(FILE);
        files::create_new(&copy).map_err(|error| BackupError::file(&copy, error))?;
        match &self.source {
            Place::Folder(folder) => {
                snapshot::take(&folder.join(FILE), &copy, progress).await?;
            }
            Place::Server(server) => {
                transfer::export(server, &copy, progress).await?;
            }
        }
        let mut connection = snapshot::connect(&copy).await?;
        let facts = snapshot::facts(&mut connection).await?;
        connection.close().await?;
        let file = synced(&copy, progress).await?;
        let manifest = Manifest::new(
            self.product_version,
            created_at,
            (facts.epoch, facts.head),
            facts.counts,
            vec![file],
        );
        manifest.write(&self.draft)?;
        files::sync_folder(&self.draft)
            .and_then(|()| fs::rename(&self.draft, &self.output))
            .and_then(|()| files::sync_folder(folder))
            .map_err(|error| BackupError::file(&self.output, error))?;
        Ok(Made {
            path: self.output.clone(),
            manifest,
        })
    }
}

/// Brings the copy to disk and hashes it.
async fn synced(copy: &Path, progress: Progress<'_>) -> Result<FileEntry, BackupError> {
    let path = copy.to_owned();
    let total = fs::metadata(copy).map_or(0, |file| file.len());
    let hashed = files::blocking(
        move |done| {
            fs::File::open(&path)?.sync_all()?;
            files::hash(&path, done)
        },
        |done| progress(Stage::Hashing, done, total),
    );
    let (sha256, bytes) = hashed
        .await
        .map_err(|error| BackupError::file(copy, error))?;
    Ok(FileEntry {
        name: FILE.to_owned(),
        bytes,
        sha256,
    })
}
