//! Restoring a backup into an empty data folder, or into an empty database of a server: everything is checked
//! first, then the log appears there at once, with a new epoch and its outbox frozen.
//!
//! Invariants: the backup is only read; what holds data is left as it is; the log gets its name, on a server its
//! epoch, last: a restore that broke off leaves nothing that can be served. The caller holds the data folder's
//! lock.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use application::ports::clock::{Clock, IdGenerator};
use secrecy::SecretString;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use uuid::Uuid;

use super::{BackupError, Manifest, Progress, Stage, create, files, snapshot, verify};
use crate::database::db::{Connection, Server};
use crate::database::meta;
use crate::database::open::FILE;
use crate::database::restored::{self, Restored};
use crate::keys::{KeyBackup, KeyPlan};
use crate::transfer::{Import, NewEpoch};

/// What may lie in a data folder that counts as empty.
const ALLOWED: [&str; 3] = ["keys", "lock", create::FOLDER];
const DRAFT: &str = "restoring";

/// What to restore where.
#[derive(Debug)]
pub struct Restore<'a> {
    /// The backup.
    pub backup: &'a Path,
    /// The data folder.
    pub data_dir: &'a Path,
    /// A backup of the keys; without it they must lie in the data folder already.
    pub keys: Option<&'a Path>,
    /// `ENCRYPTION_KEY`, if it is set.
    pub encryption_key: Option<&'a SecretString>,
    /// The server whose database takes the log instead of the data folder.
    pub server: Option<&'a Server>,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredLog {
    /// What the backup holds.
    pub manifest: Manifest,
    /// The epoch that began.
    pub epoch: Uuid,
    /// Key files that were written.
    pub keys_written: Vec<PathBuf>,
}

impl Restore<'_> {
    /// Checks and restores.
    ///
    /// # Errors
    /// [`BackupError`]. Unless it is of a file, nothing was changed.
    pub async fn run(
        &self,
        clock: &dyn Clock,
        ids: &dyn IdGenerator,
        progress: Progress<'_>,
    ) -> Result<RestoredLog, BackupError> {
        // What costs nothing to find out comes first.
        Manifest::read(self.backup)?;
        if self.server.is_none() {
            self.target_is_empty()?;
        }
        let (keys, plan) = self.keys()?;
        let (manifest, source) = verify::files_are_whole(self.backup, progress).await?;
        let mut connection = snapshot::connect(&source).await?;
        verify::opens(&source, &mut connection, &manifest).await?;
        let wrong = meta::wrong_keys(&mut connection, &keys.keyring()?).await?;
        connection.close().await?;
        if !wrong.is_empty() {
            return Err(BackupError::WrongKeys { keys: wrong });
        }

        let epoch = ids.next();
        let new_epoch = NewEpoch {
            epoch,
            restored: Restored {
                at: clock.now(),
                through: manifest.head,
                previous_epoch: manifest.epoch,
                backup_made_at: manifest.created_at,
                released_at: None,
                released_by: None,
            },
        };
        let draft = self.data_dir.join(format!("{FILE}.{DRAFT}"));
        if let Some(server) = self.server {
            let import = Import::begin(server, &manifest.checksum, clock).await?;
            let keys_written = plan.map_or(Ok(Vec::new()), KeyPlan::carry_out)?;
            // Made with this version's tables, whatever the backup's are.
            self.copy(&source, &draft, &manifest, progress).await?;
            Box::pin(import.run(&draft, &new_epoch, progress)).await?;
            self.remove_draft()?;
            return Ok(RestoredLog {
                manifest,
                epoch,
                keys_written,
            });
        }
        let keys_written = plan.map_or(Ok(Vec::new()), KeyPlan::carry_out)?;
        self.copy(&source, &draft, &manifest, progress).await?;
        begin_epoch(&draft, &new_epoch).await?;
        let log = self.data_dir.join(FILE);
        fs::File::open(&draft)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&draft, &log))
            .and_then(|()| files::sync_folder(self.data_dir))
            .map_err(|error| BackupError::file(&log, error))?;
        Ok(RestoredLog {
            manifest,
            epoch,
            keys_written,
        })
    }

    fn target_is_empty(&self) -> Result<(), BackupError> {
        let folder = |error| BackupError::file(self.data_dir, error);
        let entries = match fs::read_dir(self.data_dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(folder(error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let name = entry.map_err(folder)?.file_name();
            let name = name.to_string_lossy().into_owned();
            // What a restore left that broke off is nobody's data.
            let is_draft = name.starts_with(&format!("{FILE}.{DRAFT}"));
            if !ALLOWED.contains(&name.as_str()) && !is_draft {
                found.push(name);
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        found.sort();
        Err(BackupError::NotEmpty {
            path: self.data_dir.to_owned(),
            found: found.join(", "),
        })
    }

    /// The keys to restore with, and which files of them are to be written.
    fn keys(&self) -> Result<(KeyBackup, Option<KeyPlan>), BackupError> {
        let Some(file) = self.keys else {
            let keys = KeyBackup::of_data_dir(self.data_dir, self.encryption_key)?;
            return Ok((keys, None));
        };
        let keys = KeyBackup::read(file)?;
        let plan = keys.plan(self.data_dir, self.encryption_key)?;
        Ok((keys, Some(plan)))
    }

    async fn copy(
        &self,
        source: &Path,
        draft: &Path,
        manifest: &Manifest,
        progress: Progress<'_>,
    ) -> Result<(), BackupError> {
        files::create_folder(self.data_dir)
            .map_err(|error| BackupError::file(self.data_dir, error))?;
        self.remove_draft()?;
        let entry = manifest.files.iter().find(|entry| entry.name == FILE);
        let total = entry.map_or(0, |entry| entry.bytes);
        let (from, to) = (source.to_owned(), draft.to_owned());
        let copied = files::blocking(
            move |done| files::copy(&from, &to, done),
            |done| progress(Stage::Copying, done, total),
        );
        let (sha256, _) = copied
            .await
            .map_err(|error| BackupError::file(draft, error))?;
        // Hashed again while copied: what was checked must be what was taken.
        if entry.is_none_or(|entry| entry.sha256 != sha256) {
            return Err(BackupError::damaged(source, "changed while it was copied"));
        }
        Ok(())
    }

    /// What a restore that broke off may have left.
    fn remove_draft(&self) -> Result<(), BackupError> {
        for ending in ["", "-journal", "-wal", "-shm"] {
            let path = self.data_dir.join(format!("{FILE}.{DRAFT}{ending}"));
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(BackupError::file(&path, error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

async fn begin_epoch(draft: &Path, new_epoch: &NewEpoch) -> Result<(), BackupError> {
    let mut connection = SqliteConnectOptions::new()
        .filename(draft)
        .disable_statement_logging()
        .connect()
        .await
        .map(Connection::from)?;
    let mut transaction = connection.begin().await?;
    let NewEpoch { epoch, restored } = new_epoch;
    restored::begin_epoch(&mut transaction, *epoch, restored).await?;
    transaction.commit().await?;
    connection.close().await?;
    Ok(())
}
