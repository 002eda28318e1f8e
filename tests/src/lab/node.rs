//! A node of the lab: the product's binary as a process.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use api::bootstrap::run_file;
use secrecy::ExposeSecret as _;
use tokio::process::{Child, Command};

use super::{DEADLINE, LOOK};

/// The lab's programs.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// The product.
    pub server: PathBuf,
    /// Meta.
    pub fakemeta: PathBuf,
}

impl Binaries {
    /// Those that lie beside the running program.
    ///
    /// # Errors
    /// The running program cannot be found.
    pub fn beside() -> anyhow::Result<Self> {
        let own = std::env::current_exe()?;
        let folder = own.parent().context("no folder")?;
        Ok(Self {
            server: folder.join("server"),
            fakemeta: folder.join("fakemeta"),
        })
    }
}

/// How a node is started.
#[derive(Debug)]
pub(super) struct Start<'a> {
    pub(super) program: &'a Path,
    pub(super) environment: Vec<(String, String)>,
    pub(super) log: &'a Path,
}

/// A node.
#[derive(Debug)]
pub struct Node {
    /// Where its data lies.
    pub data_dir: PathBuf,
    /// Where it listens, once it does.
    pub address: Option<SocketAddr>,
    pub(super) token: String,
    process: Child,
}

impl Node {
    /// Starts it and does not wait.
    pub(super) fn spawn(data_dir: PathBuf, start: &Start<'_>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&data_dir)?;
        // One that was killed has left it.
        let _ = std::fs::remove_file(data_dir.join("run.json"));
        let log = File::options().create(true).append(true).open(start.log)?;
        let process = Command::new(start.program)
            .arg("serve")
            .current_dir(&data_dir)
            .env("DATA_DIR", &data_dir)
            .envs(start.environment.iter().cloned())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("a node does not start")?;
        Ok(Self {
            data_dir,
            address: None,
            token: String::new(),
            process,
        })
    }

    /// Waits until it answers; the time since the call.
    pub(super) async fn answers(&mut self, client: &reqwest::Client) -> anyhow::Result<Duration> {
        let began = Instant::now();
        while !self.listens()? {
            let ended = self.ended()?;
            ensure!(
                ended.is_none() && began.elapsed() < DEADLINE,
                "a node does not answer ({ended:?})"
            );
            tokio::time::sleep(LOOK).await;
        }
        let url = self.url("/healthz")?;
        while client.get(&url).send().await.is_err() {
            let ended = self.ended()?;
            ensure!(
                ended.is_none() && began.elapsed() < DEADLINE,
                "a node does not answer ({ended:?})"
            );
            tokio::time::sleep(LOOK).await;
        }
        Ok(began.elapsed())
    }

    /// Whether it says where it listens.
    fn listens(&mut self) -> anyhow::Result<bool> {
        let Some(run) = run_file::read(&self.data_dir)? else {
            return Ok(false);
        };
        let address = run.address.trim_start_matches("http://");
        self.address = Some(address.trim_end_matches('/').parse()?);
        run.admin_token.expose_secret().clone_into(&mut self.token);
        Ok(true)
    }

    /// One of its addresses.
    ///
    /// # Errors
    /// It did not start.
    pub fn url(&self, path: &str) -> anyhow::Result<String> {
        let address = self.address.context("a node that did not start")?;
        Ok(format!("http://{address}{path}"))
    }

    /// Host and port, and a token that it takes from an admin.
    ///
    /// # Errors
    /// It did not start.
    pub fn door(&self) -> anyhow::Result<(String, String)> {
        let address = self.address.context("a node that did not start")?;
        Ok((address.to_string(), self.token.clone()))
    }

    /// How it ended, if it did.
    ///
    /// # Errors
    /// The system does not say.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.process.try_wait()?)
    }

    /// Waits until it listens; `false` if a failpoint ended it before.
    ///
    /// # Errors
    /// It ended in another way, or takes too long.
    pub async fn starts_or_aborts(&mut self, within: Duration) -> anyhow::Result<bool> {
        let began = Instant::now();
        while !self.listens()? {
            if self.ended()?.is_some() {
                ensure!(self.aborts_within(within).await?);
                return Ok(false);
            }
            ensure!(began.elapsed() < within, "a node does not answer");
            tokio::time::sleep(LOOK).await;
        }
        Ok(true)
    }

    /// Whether it ended itself at a failpoint, within a time.
    ///
    /// # Errors
    /// It ended in another way.
    pub async fn aborts_within(&mut self, time: Duration) -> anyhow::Result<bool> {
        let Ok(ended) = tokio::time::timeout(time, self.process.wait()).await else {
            return Ok(false);
        };
        let ended = ended?;
        // SIGABRT.
        ensure!(ended.signal() == Some(6), "a node ended by itself: {ended}");
        Ok(true)
    }

    /// Whether it is stopped as by SIGSTOP.
    ///
    /// # Errors
    /// It is gone.
    pub fn is_stopped(&self) -> anyhow::Result<bool> {
        let id = self.process.id().context("ended by itself")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
        Ok(state.is_some_and(|rest| rest.starts_with('T')))
    }

    /// Sends a signal by its name.
    ///
    /// # Errors
    /// It is gone.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.process.id().context("ended by itself")?;
        let told = Command::new("kill")
            .args([format!("-{name}"), id.to_string()])
            .status()
            .await?;
        ensure!(told.success(), "the signal was not sent");
        Ok(())
    }

    /// SIGKILL, and nothing left of the process.
    ///
    /// # Errors
    /// It had ended by itself.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        let ended = self.ended()?;
        ensure!(ended.is_none(), "a node ended by itself: {ended:?}");
        Ok(self.process.kill().await?)
    }

    /// SIGTERM; it must end well.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        self.signal("TERM").await?;
        let ended = tokio::time::timeout(DEADLINE, self.process.wait()).await??;
        ensure!(ended.success(), "a stopped node ended with {ended}");
        Ok(())
    }
}

/// All nodes of an installation have the same keys.
pub(super) fn copy_keys(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to.join("keys"))?;
    for file in std::fs::read_dir(from.join("keys"))? {
        let file = file?;
        std::fs::copy(file.path(), to.join("keys").join(file.file_name()))?;
    }
    Ok(())
}
