//! Files that are written whole or not at all, are their owner's alone, and replace nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

/// Bytes read at once.
const CHUNK: usize = 1 << 20;
/// How often progress is told.
const LOOK: Duration = Duration::from_millis(100);

/// Makes a new empty file of mode 0600.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Writes a new file of mode 0600; fails where one exists.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = beside(path, &format!("partial-{}", std::process::id()));
    let written = create_new(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        // A link does not replace what is there, a rename would.
        fs::hard_link(&draft, path)
    });
    // Where it was never made there is nothing to remove.
    let _ = fs::remove_file(&draft);
    written?;
    sync_folder(folder_of(path))
}

/// Makes a folder and those above it, mode 0700.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Makes a renaming or a new file in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The folder a path lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A path in the same folder whose name goes on with an ending.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Runs work that reads or writes a file for long beside the runtime; `tell` gets the bytes done so far.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce(&AtomicU64) -> io::Result<T> + Send + 'static,
    tell: impl Fn(u64),
) -> io::Result<T> {
    let done = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&done);
    let mut working = tokio::task::spawn_blocking(move || work(&counted));
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            result = &mut working => {
                tell(done.load(Ordering::Relaxed));
                return result.map_err(io::Error::other)?;
            }
            _ = look.tick() => tell(done.load(Ordering::Relaxed)),
        }
    }
}

/// SHA-256 in hex and size of a file; `done` counts the bytes read.
pub(crate) fn hash(path: &Path, done: &AtomicU64) -> io::Result<(String, u64)> {
    read_through(path, done, |_| Ok(()))
}

/// Copies a file into a new one, synced; hash and size of what was copied.
pub(crate) fn copy(from: &Path, to: &Path, done: &AtomicU64) -> io::Result<(String, u64)> {
    let mut target = create_new(to)?;
    let copied = read_through(from, done, |bytes| target.write_all(bytes))?;
    target.sync_all()?;
    Ok(copied)
}

fn read_through(
    path: &Path,
    done: &AtomicU64,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut total = 0;
    loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => return Ok((hex::encode(hash.finalize()), total)),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&chunk[..read]);
        take(&chunk[..read])?;
        total += read as u64;
        done.store(total, Ordering::Relaxed);
    }
}
