//! The data folder: one server at a time, `run.json` for the command line, the verify token's file.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

const LOCK: &str = "lock";
const RUN_FILE: &str = "run.json";
const VERIFY_TOKEN: &str = "keys/verify_token";

/// The locked data folder; the lock ends with it.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

/// How to reach the server that runs on a data folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunFile {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process.
    pub pid: u32,
    /// An admin's token while it runs.
    pub admin_token: String,
}

impl DataFolder {
    /// Takes the folder for this process, making it where it is missing.
    ///
    /// # Errors
    /// Another process has it, or the file system refuses.
    pub fn lock(path: &Path) -> anyhow::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot make the data folder {}", path.display()))?;
        let lock_path = path.join(LOCK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .with_context(|| format!("cannot open {}", lock_path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!(
                "another Vestnik uses the data folder {}: stop it, or set DATA_DIR to another folder",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", lock_path.display()))
            }
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells the command line how to reach this server; readable by the owner alone.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn write_run_file(&self, address: SocketAddr, token: &SecretString) -> anyhow::Result<()> {
        let content = RunFile {
            address,
            pid: std::process::id(),
            admin_token: token.expose_secret().to_owned(),
        };
        let text = serde_json::to_vec(&content)?;
        // Written beside and renamed: whoever reads it sees all of it or none.
        let beside = self.path.join(format!("{RUN_FILE}.new"));
        write_private(&beside, &text)?;
        fs::rename(&beside, self.path.join(RUN_FILE)).context("cannot write run.json")
    }

    /// The server stops: it cannot be reached any more.
    pub fn remove_run_file(&self) {
        if let Err(error) = fs::remove_file(self.path.join(RUN_FILE)) {
            tracing::warn!(error = %error, "run.json could not be removed");
        }
    }

    /// The verify token of an earlier start, or a new one. The flag says whether it was made now.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn verify_token(&self) -> anyhow::Result<(SecretString, bool)> {
        let path = self.path.join(VERIFY_TOKEN);
        match fs::read_to_string(&path) {
            Ok(text) if !text.trim().is_empty() => {
                return Ok((SecretString::from(text.trim().to_owned()), false));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        }
        let random: [u8; 32] = infrastructure::system::random_bytes();
        let token = hex::encode(&random[..16]);
        write_private(&path, token.as_bytes())?;
        Ok((SecretString::from(token), true))
    }
}

/// The server that runs on a data folder, if one does.
///
/// A `run.json` left behind by a killed server does not count: the lock tells.
pub fn running(data_dir: &Path) -> Option<RunFile> {
    let lock = File::open(data_dir.join(LOCK)).ok()?;
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {}
        _ => return None,
    }
    serde_json::from_slice(&fs::read(data_dir.join(RUN_FILE)).ok()?).ok()
}

fn write_private(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file =
            File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
