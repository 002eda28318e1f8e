//! A private PostgreSQL server, where its binaries are found.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

/// A PostgreSQL server of this test alone: a data directory and a unix socket, no port.
pub(super) struct Server {
    directory: tempfile::TempDir,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown; `kill -9` would leave shared memory behind.
        let pid = self.process.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.process.wait();
    }
}

impl Server {
    pub(super) fn start() -> anyhow::Result<Option<Self>> {
        let Some(binaries) = find_binaries() else {
            return Ok(None);
        };
        // A short path: a unix socket's name has at most 107 bytes.
        let directory = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp")?;
        let user = if is_root()? {
            unprivileged_user()?
        } else {
            None
        };
        if let Some(user) = &user {
            anyhow::ensure!(
                Command::new("chown")
                    .arg(user)
                    .arg(directory.path())
                    .status()?
                    .success()
            );
        }
        let data = directory.path().join("data");
        let run = |program: &str| {
            let mut command = match &user {
                None => Command::new(binaries.join(program)),
                Some(user) => {
                    let mut command = Command::new("setpriv");
                    command
                        .arg(format!("--reuid={user}"))
                        .arg("--clear-groups")
                        .arg(binaries.join(program));
                    command
                }
            };
            command
                .current_dir(directory.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command
        };
        let made = run("initdb")
            .args([
                "-U",
                "vestnik",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
                "-D",
            ])
            .arg(&data)
            .status()?;
        anyhow::ensure!(made.success(), "initdb failed: {made}");
        let process = run("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(directory.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .spawn()?;
        Ok(Some(Self { directory, process }))
    }

    /// Asks until the server is up; each refusal is answered at once, so tries are paced by a timer.
    pub(super) async fn connect(&self) -> anyhow::Result<sqlx::PgConnection> {
        let options = PgConnectOptions::new()
            .socket(self.directory.path())
            .username("vestnik")
            .database("postgres");
        let mut pace = tokio::time::interval(std::time::Duration::from_millis(50));
        let mut last = None;
        for _ in 0..600 {
            pace.tick().await;
            match options.connect().await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = Some(error),
            }
        }
        anyhow::bail!("PostgreSQL did not come up: {last:?}")
    }
}

/// The newest installed binaries, then those on the path.
fn find_binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    versions.sort();
    let output = Command::new("sh")
        .args(["-c", "command -v initdb"])
        .output()
        .ok();
    let on_path = output
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|text| Path::new(text.trim()).parent().map(Path::to_owned));
    versions
        .into_iter()
        .rev()
        .chain(on_path)
        .find(|directory| directory.join("initdb").exists() && directory.join("postgres").exists())
}

fn is_root() -> anyhow::Result<bool> {
    Ok(Command::new("id").arg("-u").output()?.stdout == b"0\n")
}

/// PostgreSQL refuses to run as root.
fn unprivileged_user() -> anyhow::Result<Option<String>> {
    for user in ["postgres", "nobody"] {
        if Command::new("id")
            .args(["-u", user])
            .output()?
            .status
            .success()
        {
            return Ok(Some(user.to_owned()));
        }
    }
    Ok(None)
}
