//! The built binary as the README uses it: one process serves, others are typed beside it, and what they do is seen
//! by the first within a second.

mod connect;
mod demo;
mod first_start;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use api::bootstrap::run_file;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::support::{Said, eventually, vestnik_fed};

/// Within this a running server shows what a command did.
const SEEN: Duration = Duration::from_secs(1);

/// Settings of a machine where nothing is configured.
const NOTHING: [(&str, &str); 4] = [
    ("WHATSAPP_APP_SECRET", ""),
    ("WHATSAPP_VERIFY_TOKEN", ""),
    ("SIMULATOR", "auto"),
    ("LOG", "debug"),
];

/// A process that serves, its folder, and what it has printed.
struct Served {
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
    child: Option<Child>,
    address: String,
    token: String,
    client: reqwest::Client,
}

impl Served {
    /// Starts it with a command (`serve`, `demo`) in a folder of its own.
    async fn start(command: &str, settings: &[(&'static str, &str)]) -> Self {
        // Whoever comes second finds the same provider installed.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let settings = NOTHING.iter().chain(settings);
        let mut served = Self {
            folder: tempfile::tempdir().expect("a folder"),
            settings: settings
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            child: None,
            address: String::new(),
            token: String::new(),
            client: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
        };
        served.run(command).await;
        served
    }

    /// Starts it again on the same folder; what it prints begins anew.
    async fn run(&mut self, command: &str) {
        let file = |name: &str| std::fs::File::create(self.folder.path().join(name));
        let child = Command::new(env!("CARGO_BIN_EXE_server"))
            .arg(command)
            .current_dir(self.folder.path())
            .env_remove("ENCRYPTION_KEY")
            .env("LC_ALL", "C")
            .env("DATA_DIR", self.data_dir())
            .env("HOST", "127.0.0.1")
            .env("PORT", "0")
            .envs(self.settings.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .stdout(file("out.txt").expect("a file"))
            .stderr(file("err.txt").expect("a file"))
            .kill_on_drop(true)
            .spawn()
            .expect("the binary runs");
        self.child = Some(child);
        let found = eventually("run.json", || async {
            run_file::read(&self.data_dir()).ok().flatten()
        })
        .await;
        self.address = found.address;
        found
            .admin_token
            .expose_secret()
            .clone_into(&mut self.token);
        eventually("the welcome", || async {
            self.out().contains("Vestnik listens on").then_some(())
        })
        .await;
    }

    /// SIGTERM; it must end well.
    async fn stop(&mut self) {
        let mut child = self.child.take().expect("it runs");
        let id = child.id().expect("it runs").to_string();
        let told = Command::new("kill").arg(id).status().await;
        assert!(told.expect("a signal").success());
        let ended = child.wait().await.expect("it ends");
        assert!(ended.success(), "{ended}: {}", self.err());
    }

    fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it has written to its standard output.
    fn out(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("out.txt")).expect("a file")
    }

    /// What it has written to its standard error: the log.
    fn err(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("err.txt")).expect("a file")
    }

    /// A command typed beside it.
    async fn types(&self, arguments: &[&str], input: &str) -> Said {
        let settings: Vec<(&str, &str)> = self
            .settings
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .chain([("LOG", "warn")])
            .collect();
        vestnik_fed(&self.data_dir(), &settings, arguments, input).await
    }

    /// What the server answers to its admin.
    async fn asks(&self, method: Method, path: &str) -> Value {
        let url = format!("{}{path}", self.address);
        let request = self.client.request(method, url).bearer_auth(&self.token);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("JSON")
    }

    /// What the server shows within a second.
    async fn sees<T>(&self, path: &str, find: impl Fn(&Value) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            let shown = self.asks(Method::GET, path).await;
            if let Some(found) = find(&shown) {
                return found;
            }
            assert!(
                began.elapsed() < SEEN,
                "not within a second: {path}: {shown}"
            );
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }
}
