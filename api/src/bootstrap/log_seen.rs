//! `log_seen.json`: how far this server has seen a log on PostgreSQL. A log that ends before was put back to an
//! earlier moment (a base backup, a disk's snapshot, a standby that lacked the end), which nothing inside it
//! shows; serving it would send again what left since.
//!
//! Absent on purpose: certainty. The file is behind by up to [`EVERY`], and it is of this data folder alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use application::ports::event_log::EventLog;
use application::tasks::Tasks;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{StartError, private_file};

const NAME: &str = "log_seen.json";
/// How often it is written while events come.
const EVERY: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    epoch: Uuid,
    head: u64,
}

/// The file of a data folder and the log it tells of.
#[derive(Debug)]
pub(super) struct LogSeen {
    path: PathBuf,
    log: Arc<dyn EventLog>,
}

impl LogSeen {
    /// Compares a log with what was seen of it.
    ///
    /// # Errors
    /// [`StartError::WentBack`]; the file cannot be read.
    pub(super) fn compare(data_dir: &Path, log: &Arc<dyn EventLog>) -> Result<Self, StartError> {
        let path = data_dir.join(NAME);
        let head = log.head();
        let seen = read(&path).map_err(|error| StartError::Folder {
            path: path.clone(),
            error,
        })?;
        match seen {
            // Another epoch has positions of its own.
            Some(seen) if seen.epoch == log.epoch() && seen.head > head => {
                Err(StartError::WentBack {
                    seen: seen.head,
                    head,
                })
            }
            _ => Ok(Self {
                path,
                log: Arc::clone(log),
            }),
        }
    }

    /// Writes it now, every now and then while events come, and at the end.
    pub(super) fn keep(self, tasks: &Tasks) {
        let stop = tasks.stop().clone();
        tasks.spawn(async move {
            let mut written = None;
            loop {
                let now = Seen {
                    epoch: self.log.epoch(),
                    head: self.log.head(),
                };
                if written != Some(now) {
                    match self.write(now).await {
                        Ok(()) => written = Some(now),
                        Err(error) => tracing::warn!(%error, "{NAME} cannot be written"),
                    }
                }
                if stop.is_cancelled() {
                    return;
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        });
    }

    async fn write(&self, seen: Seen) -> io::Result<()> {
        let (path, json) = (self.path.clone(), serde_json::to_vec(&seen)?);
        tokio::task::spawn_blocking(move || private_file::write(&path, &json)).await?
    }
}

/// What was written; nothing where there is no file, or none that can be understood.
fn read(path: &Path) -> io::Result<Option<Seen>> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
