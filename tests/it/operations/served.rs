//! The built binary as a server of its own, with the demo in it, and what it wrote to standard error.

use std::fs::File;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use api::bootstrap::run_file;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::support::{DEADLINE, Said, eventually, vestnik_in};

/// A server; it ends with this.
#[derive(Debug)]
pub(super) struct Served {
    folder: TempDir,
    process: Child,
}

impl Served {
    /// Starts it with these settings and waits until it serves.
    pub(super) async fn start(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let data_dir = folder.path().join("data");
        std::fs::create_dir_all(&data_dir)?;
        let process = Command::new(env!("CARGO_BIN_EXE_server"))
            .arg("serve")
            .current_dir(folder.path())
            .env("DATA_DIR", &data_dir)
            .env("HOST", "127.0.0.1")
            .env("PORT", "0")
            .env("SIMULATOR", "auto")
            .env("LC_ALL", "C")
            .env_remove("ENCRYPTION_KEY")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log"))?)
            .kill_on_drop(true)
            .spawn()
            .context("the server does not start")?;
        let served = Self { folder, process };
        eventually("run.json", || async {
            run_file::read(&data_dir).ok().flatten()
        })
        .await;
        Ok(served)
    }

    /// Runs a command beside it.
    pub(super) async fn vestnik(&self, arguments: &[&str]) -> Said {
        vestnik_in(&self.folder.path().join("data"), &[], arguments).await
    }

    /// A customer writes to the demo's number and the bot answers.
    pub(super) async fn talk(&self, phone: &str, name: &str, text: &str) -> anyhow::Result<()> {
        let script = self.folder.path().join("script");
        std::fs::write(&script, format!("{text}\n"))?;
        let script = script.display().to_string();
        let arguments = [
            "simulate", "--phone", phone, "--name", name, "--script", &script,
        ];
        let said = self.vestnik(&arguments).await;
        ensure!(said.success, "{}{}", said.out, said.err);
        Ok(())
    }

    /// The lines it has logged.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// SIGTERM; it must end well.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        let id = self.process.id().context("ended by itself")?;
        let told = Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await?;
        ensure!(told.success(), "the signal was not sent");
        let ended = tokio::time::timeout(DEADLINE, self.process.wait()).await??;
        ensure!(ended.success(), "{ended}: {}", self.log());
        Ok(())
    }
}
