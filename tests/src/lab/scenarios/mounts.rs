//! File systems of a lab: a small one in memory, and one in an image that can be cut. Both need root.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// Something mounted; unmounted with this.
#[derive(Debug)]
pub struct Mount {
    place: PathBuf,
    image: Option<PathBuf>,
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.place).output();
    }
}

/// Runs a program that must succeed.
fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {said}");
    Ok(())
}

/// # Errors
/// The lab does not run as root.
pub fn needs_root() -> anyhow::Result<()> {
    let id = Command::new("id").arg("-u").output()?;
    ensure!(id.stdout == b"0\n", "mounting needs root: run it with sudo");
    Ok(())
}

impl Mount {
    /// A file system in memory with so many megabytes.
    ///
    /// # Errors
    /// It cannot be mounted.
    pub fn in_memory(place: &Path, megabytes: u64) -> anyhow::Result<Self> {
        needs_root()?;
        std::fs::create_dir_all(place)?;
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "lab"])
            .arg(place))?;
        Ok(Self {
            place: place.to_owned(),
            image: None,
        })
    }

    /// A fresh ext4 in an image file.
    ///
    /// # Errors
    /// There are no loop devices.
    pub fn image(place: &Path, image: &Path, megabytes: u64) -> anyhow::Result<Self> {
        needs_root()?;
        std::fs::create_dir_all(place)?;
        let file = std::fs::File::create(image)?;
        file.set_len(megabytes << 20)?;
        run(Command::new("mkfs.ext4").arg("-q").arg(image))?;
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(image)
            .arg(place))?;
        Ok(Self {
            place: place.to_owned(),
            image: Some(image.to_owned()),
        })
    }

    /// What is on the disk at this moment and nothing else: a copy of the image, without what the system has not
    /// written yet. Whoever writes must be stopped.
    ///
    /// # Errors
    /// There is no room.
    pub fn cut(&self, copy: &Path) -> anyhow::Result<()> {
        let image = self.image.as_ref().context("not in an image")?;
        run(Command::new("cp")
            .arg("--sparse=always")
            .arg(image)
            .arg(copy))
    }

    /// The power is back: the copy stands where the image stood. Nobody may use it.
    ///
    /// # Errors
    /// It cannot be mounted: its journal is damaged.
    pub fn power_up(&mut self, copy: &Path) -> anyhow::Result<()> {
        run(Command::new("umount").arg(&self.place))?;
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(copy)
            .arg(&self.place))?;
        let before = self.image.replace(copy.to_owned());
        if let Some(before) = before {
            std::fs::remove_file(before)?;
        }
        Ok(())
    }
}
