//! Whether a backup is whole: files against the manifest, the database's own check, the log's rules, and
//! every event decoded. What cannot be checked without keys is said, not passed over.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::{BackupError, Manifest, Progress, Stage, files, snapshot};
use crate::database::db::{Connection, Pool, query, query_text};
use crate::database::open::{FILE, MIGRATIONS};
use crate::database::{directory, inbox, log, meta};
use crate::keys::Keyring;

/// SQLite's own check of pages, indexes and rows; the first finding is enough.
const INTEGRITY: &str = "pragma integrity_check(1)";

/// What is checked, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Sizes and hashes of the files.
    Files,
    /// SQLite's integrity check.
    Database,
    /// Dense positions, whole streams, counts as in the manifest.
    Positions,
    /// Each blob is what its name says.
    Blobs,
    /// The keys belong to this log.
    Keys,
    /// Every event decodes.
    Events,
    /// Sealed parts of events, wrapped keys and secrets open.
    Seals,
}

/// How a check ended; a failed one is an error instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// As it should be; how many were looked at.
    Good(u64),
    /// So many events are of a type that a newer version writes.
    UnknownEvents(u64),
    /// Not checked: no keys at hand.
    NoKeys,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The backup.
    pub manifest: Manifest,
    /// The checks.
    pub findings: Vec<(Check, Finding)>,
}

/// Checks a backup; with a keyring also that it opens.
///
/// # Errors
/// [`BackupError`]: what is wrong first.
pub async fn verify(
    folder: &Path,
    keyring: Option<Arc<Keyring>>,
    progress: Progress<'_>,
) -> Result<Verified, BackupError> {
    let (manifest, path) = files_are_whole(folder, progress).await?;
    let pool = snapshot::pool(&path).await?;
    let checked = check_log(&path, &pool, &manifest, keyring, progress).await;
    pool.close().await;
    let mut findings = vec![(Check::Files, Finding::Good(manifest.files.len() as u64))];
    findings.extend(checked?);
    Ok(Verified { manifest, findings })
}

/// The keys of a keyring that are not those of a data folder's log; none where it has no log.
///
/// # Errors
/// [`BackupError`]: the log cannot be read.
pub async fn wrong_keys(
    data_dir: &Path,
    keyring: &Keyring,
) -> Result<Vec<&'static str>, BackupError> {
    let path = data_dir.join(FILE);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let mut connection = SqliteConnectOptions::new()
        .filename(&path)
        .read_only(true)
        .disable_statement_logging()
        .connect()
        .await
        .map(Connection::from)?;
    let wrong = meta::wrong_keys(&mut connection, keyring).await?;
    connection.close().await?;
    Ok(wrong)
}

/// The manifest and the log's path, once every file is what the manifest says.
pub(super) async fn files_are_whole(
    folder: &Path,
    progress: Progress<'_>,
) -> Result<(Manifest, PathBuf), BackupError> {
    let manifest = Manifest::read(folder)?;
    let total = manifest.files.iter().map(|file| file.bytes).sum();
    let mut before = 0;
    for entry in &manifest.files {
        let path = Manifest::path_of(folder, entry)?;
        let hashed = path.clone();
        let found = files::blocking(
            move |done| files::hash(&hashed, done),
            |done| progress(Stage::Hashing, before + done, total),
        );
        let (sha256, bytes) = found.await.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BackupError::damaged(&path, "is missing"),
            _ => BackupError::file(&path, error),
        })?;
        differs(&path, entry.bytes, bytes)?;
        if sha256 != entry.sha256 {
            return Err(BackupError::damaged(&path, "was changed: its hash differs"));
        }
        before += bytes;
    }
    match manifest.files.iter().find(|entry| entry.name == FILE) {
        Some(entry) => {
            let path = Manifest::path_of(folder, entry)?;
            Ok((manifest, path))
        }
        None => Err(BackupError::damaged(
            &folder.join(super::MANIFEST),
            "names no log.db",
        )),
    }
}

fn differs(path: &Path, expected: u64, found: u64) -> Result<(), BackupError> {
    if expected == found {
        return Ok(());
    }
    let what = format!("has {found} bytes instead of {expected}");
    Err(BackupError::damaged(path, what))
}

/// Whether this version can open the log, and SQLite finds nothing wrong with it.
pub(super) async fn opens(
    path: &Path,
    connection: &mut Connection,
    manifest: &Manifest,
) -> Result<(), BackupError> {
    let not_ours = |error: sqlx::Error| BackupError::damaged(path, error.to_string());
    let sound: String = query_text("integrity_check", INTEGRITY.to_owned())
        .fetch_one(&mut *connection)
        .await
        .map_err(not_ours)?;
    if sound != "ok" {
        return Err(BackupError::damaged(path, sound));
    }
    let migrated: i64 = query(snapshot::MIGRATED)
        .fetch_one(connection)
        .await
        .map_err(not_ours)?;
    if MIGRATIONS.iter().all(|known| known.version < migrated) {
        return Err(BackupError::Newer {
            version: manifest.product_version.clone(),
            what: "tables",
        });
    }
    Ok(())
}

async fn check_log(
    path: &Path,
    pool: &Pool,
    manifest: &Manifest,
    keyring: Option<Arc<Keyring>>,
    progress: Progress<'_>,
) -> Result<Vec<(Check, Finding)>, BackupError> {
    let mut connection = snapshot::connect(path).await?;
    opens(path, &mut connection, manifest).await?;
    let facts = snapshot::facts(&mut connection).await?;
    if !facts.is_dense {
        return Err(BackupError::damaged(path, "has a gap in its positions"));
    }
    let as_said = (facts.epoch, facts.head, facts.counts);
    if as_said != (manifest.epoch, manifest.head, manifest.counts) {
        return Err(BackupError::damaged(
            path,
            "is not the log that the manifest describes",
        ));
    }
    let broken: i64 = query(snapshot::BROKEN_STREAMS)
        .fetch_one(&mut connection)
        .await?;
    if broken > 0 {
        return Err(BackupError::damaged(
            path,
            format!("{broken} streams are not whole"),
        ));
    }
    let mut findings = vec![
        (Check::Database, Finding::Good(1)),
        (Check::Positions, Finding::Good(facts.head)),
        (Check::Blobs, blobs(path, &mut connection).await?),
    ];
    if let Some(keyring) = &keyring {
        let keys = meta::wrong_keys(&mut connection, keyring).await?;
        if !keys.is_empty() {
            return Err(BackupError::WrongKeys { keys });
        }
        findings.push((Check::Keys, Finding::Good(3)));
    } else {
        findings.push((Check::Keys, Finding::NoKeys));
    }
    let total = facts.head;
    let tell = |done| progress(Stage::Reading, done, total);
    let read = log::read_all(pool, keyring.clone(), &tell)
        .await
        .map_err(|error| BackupError::damaged(path, error.to_string()))?;
    findings.push(match read.unknown {
        0 => (Check::Events, Finding::Good(read.events)),
        unknown => (Check::Events, Finding::UnknownEvents(unknown)),
    });
    findings.push(match &keyring {
        None => (Check::Seals, Finding::NoKeys),
        Some(keyring) => (Check::Seals, seals(path, &mut connection, keyring).await?),
    });
    connection.close().await?;
    Ok(findings)
}

async fn blobs(path: &Path, connection: &mut Connection) -> Result<Finding, BackupError> {
    let (mut after, mut count) = (String::new(), 0);
    loop {
        let rows: Vec<(String, Vec<u8>)> = query(snapshot::BLOBS_AFTER)
            .bind(&after)
            .fetch_all(&mut *connection)
            .await?;
        let Some((last, _)) = rows.last() else {
            return Ok(Finding::Good(count));
        };
        after.clone_from(last);
        count += rows.len() as u64;
        for (name, bytes) in rows {
            if hex::encode(Sha256::digest(&bytes)) != name {
                return Err(BackupError::damaged(
                    path,
                    format!("blob {name} is not whole"),
                ));
            }
        }
    }
}

/// Secrets and daily keys; customers' keys were opened with their events.
async fn seals(
    path: &Path,
    connection: &mut Connection,
    keyring: &Keyring,
) -> Result<Finding, BackupError> {
    let days: Vec<(i64, Vec<u8>)> = query(snapshot::DAY_KEYS)
        .fetch_all(&mut *connection)
        .await?;
    let closed_days = days
        .iter()
        .filter(|(day, wrapped)| !inbox::day_key_opens(keyring, *day, wrapped))
        .count() as u64;
    let closed = closed_days + directory::closed_secrets(connection, keyring).await?;
    if closed > 0 {
        let what = format!("{closed} wrapped keys and secrets do not open");
        return Err(BackupError::damaged(path, what));
    }
    Ok(Finding::Good(days.len() as u64))
}
