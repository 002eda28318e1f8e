//! A private nats-server with JetStream for a test, where it is installed: a free loopback port and a store of
//! its own, as another user where the test runs as root.
//!
//! It is always ended by SIGKILL, by its own id, also when its owner ends: a shell holds the other end of a pipe.

use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use crate::private_postgres::{as_user, is_root, note, run, unprivileged_user};

/// Starts the server, waits for the end of the pipe, kills it.
const GUARD: &str = r#"
log=$1; shift
"$@" >>"$log" 2>&1 &
server=$!
read -r _
kill -9 $server 2>/dev/null
wait $server
"#;
/// How long a start may take.
const DEADLINE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(20);

/// A server of this test alone.
#[derive(Debug)]
pub struct PrivateNats {
    directory: tempfile::TempDir,
    program: PathBuf,
    address: SocketAddr,
    guard: Option<(Child, ChildStdin)>,
}

impl Drop for PrivateNats {
    fn drop(&mut self) {
        self.kill();
    }
}

impl PrivateNats {
    /// Starts a server and waits until it answers; `None` where nats-server is not installed, which the last
    /// line of `make test` then says.
    ///
    /// # Errors
    /// It is installed but does not start.
    pub async fn start() -> io::Result<Option<Self>> {
        let Some(program) = program() else {
            note(
                "tests with NATS: no nats-server found; install it, e.g. apt-get install nats-server",
            )?;
            return Ok(None);
        };
        let directory = tempfile::Builder::new().prefix("nats").tempdir_in("/tmp")?;
        if is_root()? {
            let user = unprivileged_user()?;
            run(Command::new("chown").arg(user).arg(directory.path()))?;
        }
        let mut server = Self {
            directory,
            program,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            guard: None,
        };
        server.spawn()?;
        let began = Instant::now();
        while server.address.port() == 0 {
            server.address.set_port(server.own_port().unwrap_or(0));
            server.wait(began).await?;
        }
        server.answers().await?;
        Ok(Some(server))
    }

    /// Its address with a password, which it does not ask for.
    pub fn url(&self) -> String {
        format!("nats://vestnik:s3cret@{}", self.address)
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some((mut guard, pipe)) = self.guard.take() {
            drop(pipe);
            let _ = guard.wait();
        }
    }

    /// Starts it on the same port and store, after [`Self::kill`].
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_again(&mut self) -> io::Result<()> {
        self.spawn()?;
        self.answers().await
    }

    /// Takes everything it stored away, after [`Self::kill`].
    ///
    /// # Errors
    /// The file system's.
    pub fn wipe(&self) -> io::Result<()> {
        std::fs::remove_dir_all(self.store())
    }

    fn store(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    fn spawn(&mut self) -> io::Result<()> {
        let user = if is_root()? {
            Some(unprivileged_user()?)
        } else {
            None
        };
        // A port that is not known yet is a free one.
        let port = match self.address.port() {
            0 => "-1".to_owned(),
            port => port.to_string(),
        };
        let mut guard = as_user(user.as_deref(), Path::new("sh"))
            .args(["-c", GUARD, "sh"])
            .arg(self.directory.path().join("log"))
            .arg(&self.program)
            .args(["-a", "127.0.0.1", "-p", &port, "-js", "-sd"])
            .arg(self.store())
            .arg("--ports_file_dir")
            .arg(self.directory.path())
            .current_dir(self.directory.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = guard.stdin.take();
        let pipe = pipe.ok_or_else(|| io::Error::other("no pipe"))?;
        self.guard = Some((guard, pipe));
        Ok(())
    }

    /// The port that it says it took: `{"nats":["nats://127.0.0.1:4222"]}`.
    fn own_port(&self) -> Option<u16> {
        let mut files = std::fs::read_dir(self.directory.path()).ok()?.flatten();
        let file = files.find(|file| file.path().extension().is_some_and(|one| one == "ports"))?;
        let text = std::fs::read_to_string(file.path()).ok()?;
        let (_, rest) = text.split_once("nats://127.0.0.1:")?;
        rest.split('"').next()?.parse().ok()
    }

    async fn answers(&self) -> io::Result<()> {
        let began = Instant::now();
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            self.wait(began).await?;
        }
        Ok(())
    }

    async fn wait(&self, began: Instant) -> io::Result<()> {
        if began.elapsed() > DEADLINE {
            let log = std::fs::read_to_string(self.directory.path().join("log"));
            let log = log.unwrap_or_default();
            return Err(io::Error::other(format!("no nats-server starts: {log}")));
        }
        tokio::time::sleep(LOOK).await;
        Ok(())
    }
}

/// On the path, or where Debian puts it, which is on no user's path but root's.
fn program() -> Option<PathBuf> {
    let output = Command::new("sh")
        .args(["-c", "command -v nats-server"])
        .output()
        .ok();
    let on_path = output
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|text| PathBuf::from(text.trim()));
    let usual = ["/usr/sbin/nats-server", "/usr/local/bin/nats-server"];
    on_path
        .into_iter()
        .chain(usual.map(PathBuf::from))
        .find(|program| program.is_file())
}
