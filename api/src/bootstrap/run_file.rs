//! `run.json`: how the command line finds the server that runs on this data folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::private_file;

const NAME: &str = "run.json";

/// What `run.json` says.
#[derive(Debug, Deserialize)]
pub struct RunInfo {
    /// Where the server listens, as an HTTP address of this machine.
    pub address: String,
    /// An admin token that ends with the server.
    pub admin_token: SecretString,
}

#[derive(Serialize)]
struct Written<'a> {
    address: &'a str,
    admin_token: &'a str,
}

/// The file of a running server; removed when this is dropped.
#[derive(Debug)]
pub(super) struct RunFile(PathBuf);

impl RunFile {
    pub(super) fn write(data_dir: &Path, address: &str, admin_token: &str) -> io::Result<Self> {
        let path = data_dir.join(NAME);
        let json = serde_json::to_vec(&Written {
            address,
            admin_token,
        })?;
        private_file::write(&path, &json)?;
        Ok(Self(path))
    }
}

impl Drop for RunFile {
    fn drop(&mut self) {
        // A file that stays is harmless: the lock tells whether a server runs.
        let _ = fs::remove_file(&self.0);
    }
}

/// What the running server wrote; `None` if it has not yet.
///
/// # Errors
/// The file cannot be read.
pub fn read(data_dir: &Path) -> io::Result<Option<RunInfo>> {
    match fs::read(data_dir.join(NAME)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
