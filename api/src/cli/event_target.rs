//! Where exported events go: standard output, or a file with its manifest beside it.
//!
//! Invariant: a manifest describes a whole file. It is written last and in one step, and one of an earlier
//! export is gone before its file is replaced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use application::ports::event_file::Written;
use serde::Serialize;

/// The manifest's members beside those of [`Written`].
#[derive(Debug, Serialize)]
pub(super) struct Manifest<'a> {
    pub(super) product: &'static str,
    pub(super) product_version: &'static str,
    pub(super) file: String,
    pub(super) format: &'static str,
    pub(super) personal: &'static str,
    /// Positions and cursors mean this epoch of the log.
    pub(super) epoch: String,
    /// Behind what the export began.
    pub(super) after: &'a str,
    /// Where the next export goes on.
    pub(super) cursor: &'a str,
    #[serde(flatten)]
    pub(super) written: &'a Written,
}

/// A file under way.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    draft: PathBuf,
    file: File,
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Only its owner reads it: it may hold personal data.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

impl Target {
    /// Begins a file. One that `grows` is at its place from the beginning, others appear when whole.
    pub(super) fn begin(path: &Path, grows: bool) -> io::Result<Self> {
        let draft = if grows {
            remove(&beside(path, ".manifest.json"))?;
            path.to_owned()
        } else {
            beside(path, ".part")
        };
        Ok(Self {
            path: path.to_owned(),
            file: create(&draft)?,
            draft,
        })
    }

    /// Another handle of the same file, to write to.
    pub(super) fn out(&self) -> io::Result<Box<dyn Write + Send>> {
        Ok(Box::new(self.file.try_clone()?))
    }

    /// The file's name, for the manifest.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// Puts the whole file at its place and the manifest beside it.
    pub(super) fn finish(self, manifest: &Manifest<'_>) -> io::Result<()> {
        self.file.sync_all()?;
        let manifest_path = beside(&self.path, ".manifest.json");
        if self.draft != self.path {
            remove(&manifest_path)?;
            fs::rename(&self.draft, &self.path)?;
        }
        let draft = beside(&manifest_path, ".part");
        let mut file = create(&draft)?;
        serde_json::to_writer_pretty(&mut file, manifest)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(draft, manifest_path)
    }

    /// Leaves no draft behind.
    pub(super) fn abandon(self) {
        if self.draft != self.path {
            // The export has failed already; a draft that stays does no harm.
            let _ = fs::remove_file(self.draft);
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
