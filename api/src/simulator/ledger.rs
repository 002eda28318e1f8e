//! Two append-only books: each request that came in with what was answered, each delivery that was
//! acknowledged. On disk a line is synced before the answer leaves, so they tell the truth after any crash.
//!
//! Absent on purpose: reading them back for decisions. Tests and people read them.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, mpsc};

use serde::Serialize;
use tokio::sync::oneshot;

use super::locked;

/// Name of the file of requests.
pub const REQUESTS: &str = "requests.ndjson";
/// Name of the file of acknowledged deliveries.
pub const DELIVERIES: &str = "deliveries.ndjson";
/// Lines kept where there is no folder.
const MAX_IN_MEMORY: usize = 10_000;

/// Why a book cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file cannot be opened.
    #[error("the ledger {} cannot be opened", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line could not be made durable.
    #[error("the ledger cannot be written")]
    Write(#[source] io::Error),
    /// A record cannot be put into a line.
    #[error("the record is no JSON")]
    Encode(#[from] serde_json::Error),
}

/// The books.
#[derive(Debug)]
pub struct Ledger {
    requests: Book,
    deliveries: Book,
}

impl Ledger {
    /// Opens the books in a folder, or in memory where none is given.
    ///
    /// # Errors
    /// [`LedgerError::Open`].
    pub fn open(folder: Option<&Path>) -> Result<Self, LedgerError> {
        let Some(folder) = folder else {
            return Ok(Self {
                requests: Book::default(),
                deliveries: Book::default(),
            });
        };
        let open = |name: &str| {
            let path = folder.join(name);
            std::fs::create_dir_all(folder)
                .and_then(|()| Book::on_disk(&path))
                .map_err(|source| LedgerError::Open { path, source })
        };
        Ok(Self {
            requests: open(REQUESTS)?,
            deliveries: open(DELIVERIES)?,
        })
    }

    /// Writes down a request; durable when this returns.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub async fn request(&self, record: &impl Serialize) -> Result<(), LedgerError> {
        self.requests.append(serde_json::to_string(record)?).await
    }

    /// Writes down an acknowledged delivery; durable when this returns.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub async fn delivery(&self, record: &impl Serialize) -> Result<(), LedgerError> {
        self.deliveries.append(serde_json::to_string(record)?).await
    }

    /// Requests written down since the start; empty where they are on disk.
    pub fn requests_in_memory(&self) -> Vec<String> {
        self.requests.lines()
    }

    /// Acknowledged deliveries since the start; empty where they are on disk.
    pub fn deliveries_in_memory(&self) -> Vec<String> {
        self.deliveries.lines()
    }
}

struct Entry {
    line: String,
    done: oneshot::Sender<Result<(), io::ErrorKind>>,
}

#[derive(Debug)]
enum Book {
    Memory(Mutex<VecDeque<String>>),
    Disk(mpsc::Sender<Entry>),
}

impl Default for Book {
    fn default() -> Self {
        Self::Memory(Mutex::default())
    }
}

impl Book {
    fn on_disk(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        cut_torn_line(&mut file)?;
        let (sender, receiver) = mpsc::channel();
        // A thread of its own: it blocks on the disk, and ends when the last sender is gone.
        std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || write_all(file, &receiver))?;
        Ok(Self::Disk(sender))
    }

    async fn append(&self, line: String) -> Result<(), LedgerError> {
        match self {
            Self::Memory(lines) => {
                let mut lines = locked(lines);
                if lines.len() == MAX_IN_MEMORY {
                    lines.pop_front();
                }
                lines.push_back(line);
                Ok(())
            }
            Self::Disk(sender) => {
                let gone = || LedgerError::Write(io::ErrorKind::BrokenPipe.into());
                let (done, written) = oneshot::channel();
                sender.send(Entry { line, done }).map_err(|_| gone())?;
                written
                    .await
                    .map_err(|_| gone())?
                    .map_err(|kind| LedgerError::Write(kind.into()))
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        match self {
            Self::Memory(lines) => locked(lines).iter().cloned().collect(),
            Self::Disk(_) => Vec::new(),
        }
    }
}

/// Writes what has queued up with one sync, as long as there are senders.
fn write_all(mut file: File, entries: &mpsc::Receiver<Entry>) {
    while let Ok(first) = entries.recv() {
        let batch: Vec<Entry> = std::iter::once(first).chain(entries.try_iter()).collect();
        let mut bytes = Vec::new();
        for entry in &batch {
            bytes.extend_from_slice(entry.line.as_bytes());
            bytes.push(b'\n');
        }
        let written = file
            .write_all(&bytes)
            .and_then(|()| file.sync_data())
            .map_err(|error| error.kind());
        for entry in batch {
            // Whoever no longer waits has gone away with its request; the line stands all the same.
            let _gone = entry.done.send(written);
        }
    }
}

/// A line without its end was never synced, so nobody was answered on its account.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut content)?;
    let whole = content
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    if whole < content.len() {
        file.set_len(u64::try_from(whole).map_err(io::Error::other)?)?;
        file.sync_data()?;
    }
    Ok(())
}
