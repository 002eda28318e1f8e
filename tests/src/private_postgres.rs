//! A private PostgreSQL server for a test, where its binaries are found: a data directory and a unix socket of
//! its own, no port, as another user where the test runs as root.
//!
//! It ends with its owner, however that ends: a shell holds the other end of a pipe and stops the server when
//! the pipe is closed. Absent on purpose: the driver, so that every crate's tests can use this file.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// The superuser of the server.
const USER: &str = "vestnik";
/// Starts, says so, waits for the end of the pipe, stops.
const GUARD: &str = r#"
"$1" -D "$2" -o "$3" -l "$4" -w -t 60 start >/dev/null && echo ready
read -r _
"$1" -D "$2" -m immediate -w stop >/dev/null 2>&1
"#;
/// No port: only the socket in the server's folder.
const SETTINGS: &str = "-c listen_addresses= -c max_connections=200";
/// Nothing of a test must survive a power cut.
const NOT_DURABLE: &str = "-c fsync=off";
/// As people run it, with memory for the data of a benchmark.
const DURABLE: &str = "-c shared_buffers=256MB -c max_wal_size=4GB";

/// Whether PostgreSQL is installed; if not, the last line of `make test` says so.
///
/// # Errors
/// That cannot be written down.
pub fn is_installed() -> io::Result<bool> {
    let is_installed = binaries().is_some();
    if !is_installed {
        note_not_run()?;
    }
    Ok(is_installed)
}

/// A server of this test alone.
#[derive(Debug)]
pub struct PrivatePostgres {
    directory: tempfile::TempDir,
    guard: Child,
    pipe: Option<ChildStdin>,
    settings: String,
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.guard.wait();
    }
}

impl PrivatePostgres {
    /// Starts a server and waits until it answers; `None` where PostgreSQL is not installed, which the last
    /// line of `make test` then says.
    ///
    /// # Errors
    /// It is installed but does not start.
    pub fn start() -> io::Result<Option<Self>> {
        Self::start_with(NOT_DURABLE)
    }

    /// As [`Self::start`], with commits that are on disk, for benchmarks.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_durable() -> io::Result<Option<Self>> {
        Self::start_with(DURABLE)
    }

    fn start_with(durability: &str) -> io::Result<Option<Self>> {
        let Some(binaries) = binaries() else {
            note_not_run()?;
            return Ok(None);
        };
        let user = if is_root()? {
            Some(unprivileged_user()?)
        } else {
            None
        };
        // A short path: a unix socket's name has at most 107 bytes.
        let directory = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp")?;
        let data = directory.path().join("data");
        let settings = format!("-k {} {SETTINGS} {durability}", directory.path().display());
        let fresh = fresh_data(&binaries, user.as_deref())?;
        run(Command::new("cp").arg("-R").arg(&fresh).arg(&data))?;
        if let Some(user) = &user {
            run(Command::new("chown")
                .arg("-R")
                .arg(user)
                .arg(directory.path()))?;
        }
        run(Command::new("chmod").arg("700").arg(&data))?;
        let mut guard = as_user(user.as_deref(), Path::new("sh"))
            .args(["-c", GUARD, "sh"])
            .arg(binaries.join("pg_ctl"))
            .arg(&data)
            .arg(&settings)
            .arg(directory.path().join("log"))
            .current_dir(directory.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = guard.stdin.take();
        let mut said = String::new();
        if let Some(stdout) = guard.stdout.take() {
            BufReader::new(stdout).read_line(&mut said)?;
        }
        let server = Self {
            directory,
            guard,
            pipe,
            settings,
        };
        if said.trim() == "ready" {
            return Ok(Some(server));
        }
        let log = std::fs::read_to_string(server.directory.path().join("log"));
        Err(io::Error::other(format!(
            "PostgreSQL does not start: {}",
            log.unwrap_or_default()
        )))
    }

    /// The URL of a database of this server; `postgres` is there from the start.
    pub fn url(&self, database: &str) -> String {
        let socket = self.directory.path().display();
        format!("postgres:///{database}?host={socket}&user={USER}")
    }

    /// Copies a database into another one that is there, as people do it by hand: a dump that is restored.
    ///
    /// # Errors
    /// One of the programs fails.
    pub fn dump_and_restore(&self, from: &str, to: &str) -> io::Result<()> {
        let binaries = binaries().ok_or_else(|| io::Error::other("no binaries"))?;
        let file = self.directory.path().join(format!("{from}.dump"));
        run(Command::new(binaries.join("pg_dump"))
            .arg("--format=custom")
            .arg(format!("--file={}", file.display()))
            .arg(format!("--dbname={}", self.url(from))))?;
        run(Command::new(binaries.join("pg_restore"))
            .arg(format!("--dbname={}", self.url(to)))
            .arg(&file))
    }

    /// The folder of its socket.
    pub fn folder(&self) -> &Path {
        self.directory.path()
    }

    /// Stops the server at once, as a crash does, and starts it again.
    ///
    /// # Errors
    /// It does not start again.
    pub fn restart(&self) -> io::Result<()> {
        let user = if is_root()? {
            Some(unprivileged_user()?)
        } else {
            None
        };
        let binaries = binaries().ok_or_else(|| io::Error::other("no binaries"))?;
        let directory = self.directory.path();
        run(as_user(user.as_deref(), &binaries.join("pg_ctl"))
            .arg("-D")
            .arg(directory.join("data"))
            .arg("-o")
            .arg(&self.settings)
            .arg("-l")
            .arg(directory.join("log"))
            .args(["-m", "immediate", "-w", "-t", "60", "restart"])
            .current_dir(directory)
            .stdout(Stdio::null()))
    }
}

fn note_not_run() -> io::Result<()> {
    note("tests on PostgreSQL: no initdb found; install it, e.g. apt-get install postgresql")
}

/// Puts into the last line of `make test` what did not run and what to do about it.
pub(crate) fn note(what: &str) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    std::fs::create_dir_all(&folder)?;
    let mut notes = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.join("not-run.txt"))?;
    writeln!(notes, "{what}")
}

/// A data directory just made, kept between tests: making one takes seconds, copying it a tenth of one.
fn fresh_data(binaries: &Path, user: Option<&str>) -> io::Result<PathBuf> {
    let version = Command::new(binaries.join("postgres"))
        .arg("--version")
        .output()?;
    let version = String::from_utf8_lossy(&version.stdout);
    let version: String = version
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp");
    std::fs::create_dir_all(&folder)?;
    let kept = folder.join(format!("postgres-{version}"));
    if kept.exists() {
        return Ok(kept);
    }
    let made = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp")?;
    if let Some(user) = user {
        run(Command::new("chown").arg(user).arg(made.path()))?;
    }
    let data = made.path().join("data");
    run(as_user(user, &binaries.join("initdb"))
        .args(["-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"])
        .args(["--wal-segsize", "1", "-D"])
        .arg(&data)
        .current_dir(made.path())
        .stdout(Stdio::null()))?;
    let draft = tempfile::Builder::new().prefix("pg").tempdir_in(&folder)?;
    run(Command::new("cp")
        .arg("-R")
        .arg(&data)
        .arg(draft.path().join("data")))?;
    match std::fs::rename(draft.path().join("data"), &kept) {
        // Another test was faster.
        Err(_) if kept.exists() => Ok(kept),
        renamed => renamed.map(|()| kept),
    }
}

pub(crate) fn run(command: &mut Command) -> io::Result<()> {
    let status = command.stdin(Stdio::null()).status()?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{command:?}: {status}")))
}

/// A program as another user.
pub(crate) fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={user}"))
        .arg("--clear-groups")
        .arg(program);
    command
}

/// The newest installed binaries, then those on the path.
fn binaries() -> Option<PathBuf> {
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
        .find(|directory| directory.join("initdb").exists() && directory.join("pg_ctl").exists())
}

pub(crate) fn is_root() -> io::Result<bool> {
    Ok(Command::new("id").arg("-u").output()?.stdout == b"0\n")
}

/// PostgreSQL refuses to run as root.
pub(crate) fn unprivileged_user() -> io::Result<String> {
    for user in ["postgres", "nobody"] {
        if Command::new("id")
            .args(["-u", user])
            .output()?
            .status
            .success()
        {
            return Ok(user.to_owned());
        }
    }
    Err(io::Error::other(
        "no user besides root to run PostgreSQL as",
    ))
}
