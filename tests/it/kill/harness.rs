//! The processes of the laboratory: a Meta that stays, a server that is killed and started again.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::{APP_SECRET, PHONE_NUMBER_ID};

/// Two bubbles of the customer, three of the bot, and again from the start.
pub(crate) const BOT: &str = r#"{
    "nodes": [
        {"id": "welcome", "type": "welcome", "data": {"message": "Добрый день!"}},
        {"id": "ask", "type": "question", "data": {"question": "Как вас зовут?", "saveAs": "name"}},
        {"id": "thanks", "type": "message", "data": {"message": "Спасибо, {{name}}!"}}
    ],
    "edges": [
        {"id": "a", "source": "welcome", "target": "ask"},
        {"id": "b", "source": "ask", "target": "thanks"}
    ]
}"#;
/// More messages than any run waits for.
const ENDLESS: u32 = 100_000_000;
/// A start that takes longer is a failure of its own.
const START: Duration = Duration::from_secs(20);
/// After the load everything is decided within this time.
const SETTLED: Duration = Duration::from_secs(150);
/// Without a new event for this time nobody has anything in mind any more (statuses come far sooner).
const STILL: Duration = Duration::from_millis(1500);
/// How often something is looked at.
const LOOK: Duration = Duration::from_millis(4);

/// A number from the environment, for whoever runs the tests.
#[expect(
    clippy::disallowed_methods,
    reason = "a knob of the test, no configuration of the product"
)]
pub(super) fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A seed nobody chose.
pub(super) fn fresh_seed() -> u64 {
    u64::from(std::process::id()) ^ u64::from(Instant::now().elapsed().subsec_nanos())
}

/// Numbers from a seed (SplitMix64).
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// All of it. Both processes end with it.
#[derive(Debug)]
pub(super) struct Lab {
    folder: TempDir,
    client: reqwest::Client,
    meta_url: String,
    port: u16,
    server: Option<Child>,
    _meta: Child,
}

impl Lab {
    /// A Meta and a running server that knows nothing yet.
    pub(super) async fn start(seed: u64, faults: &str) -> anyhow::Result<Self> {
        // Whoever comes second finds the same provider installed.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(SETTLED)
            .build()?;
        let folder = tempfile::tempdir()?;
        let port = quiet_port()?;
        let mut meta = Command::new(env!("CARGO_BIN_EXE_fakemeta"))
            .arg("--callback")
            .arg(format!("http://127.0.0.1:{port}/api/v1/webhooks/whatsapp"))
            .args(["--secret", APP_SECRET, "--faults", faults])
            .args(["--seed", &seed.to_string()])
            .arg("--ledger")
            .arg(folder.path().join("ledger"))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("fakemeta does not start")?;
        let stdout = meta.stdout.take().context("no stdout")?;
        let meta_url = BufReader::new(stdout)
            .lines()
            .next_line()
            .await?
            .context("fakemeta ended")?;
        let mut lab = Self {
            folder,
            client,
            meta_url,
            port,
            server: None,
            _meta: meta,
        };
        lab.start_server().await?;
        Ok(lab)
    }

    /// Where the server's data lies.
    pub(super) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where Meta's books lie.
    pub(super) fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger")
    }

    /// Starts the server and does not wait for it.
    pub(super) fn spawn_server(&mut self) -> anyhow::Result<()> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("server.log"))?;
        let child = Command::new(env!("CARGO_BIN_EXE_server"))
            .arg("serve")
            .current_dir(self.folder.path())
            .env("DATA_DIR", self.data_dir())
            .env("HOST", "127.0.0.1")
            .env("PORT", self.port.to_string())
            .env("WHATSAPP_API_URL", format!("{}/v25.0", self.meta_url))
            .env("WHATSAPP_APP_SECRET", APP_SECRET)
            .env("WHATSAPP_VERIFY_TOKEN", "verify-token-of-the-tests")
            .env("SIMULATOR", "off")
            .env("SEND_TIMEOUT_SECONDS", "3")
            .env("LOG", "warn")
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("the server does not start")?;
        self.server = Some(child);
        Ok(())
    }

    /// Starts the server; the time until it answered.
    pub(super) async fn start_server(&mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.spawn_server()?;
        let url = format!("http://127.0.0.1:{}/healthz", self.port);
        while self.client.get(&url).send().await.is_err() {
            let ended = self.server.as_mut().context("no server")?.try_wait()?;
            ensure!(
                ended.is_none() && began.elapsed() < START,
                "the server does not answer ({ended:?}): {}",
                self.server_log()
            );
            tokio::time::sleep(LOOK).await;
        }
        Ok(began.elapsed())
    }

    /// SIGKILL, and nothing left of the process.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        let mut server = self.server.take().context("no server")?;
        let ended = server.try_wait()?;
        ensure!(ended.is_none(), "ended by itself: {}", self.server_log());
        server.kill().await?;
        Ok(())
    }

    /// SIGTERM; the server must end well.
    pub(super) async fn stop_server(&mut self) -> anyhow::Result<()> {
        let mut server = self.server.take().context("no server")?;
        let pid = server.id().context("ended by itself")?;
        let told = Command::new("kill").arg(pid.to_string()).status().await?;
        ensure!(told.success(), "the signal was not sent");
        let status = tokio::time::timeout(SETTLED, server.wait()).await??;
        ensure!(
            status.success(),
            "ended with {status}: {}",
            self.server_log()
        );
        Ok(())
    }

    /// The last lines the server logged.
    fn server_log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("server.log"));
        let log = log.unwrap_or_default();
        let from = log.lines().count().saturating_sub(20);
        log.lines().skip(from).collect::<Vec<_>>().join("\n")
    }

    /// A live number with a bot that answers everything.
    pub(super) async fn set_up(&self) -> anyhow::Result<()> {
        let number = json!({
            "display_name": "Main", "phone_number": "+79001234567", "is_active": true,
            "phone_number_id": PHONE_NUMBER_ID, "whatsapp_business_account_id": "100000000000002",
            "access_token": "EAAtokenOfTheTests4f2a",
        });
        self.admin("/api/v1/whatsapp/numbers", &number).await?;
        let bot = json!({
            "name": "Chatty", "phone_number_id": PHONE_NUMBER_ID, "publish": true, "definition": BOT,
        });
        self.admin("/api/v1/admin/bots/import", &bot).await
    }

    async fn admin(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        // The file is written a moment after the first answer.
        let run = crate::support::eventually("run.json", || async {
            api::bootstrap::run_file::read(&self.data_dir())
                .ok()
                .flatten()
        })
        .await;
        let answer = self
            .client
            .post(format!("http://127.0.0.1:{}{path}", self.port))
            .bearer_auth(secrecy::ExposeSecret::expose_secret(&run.admin_token))
            .json(body)
            .send()
            .await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(())
    }

    /// Customers begin to write and do not stop.
    pub(super) async fn load(&self, rate: u32, customers: u64) -> anyhow::Result<()> {
        let load = json!({
            "phone_number_id": PHONE_NUMBER_ID, "count": ENDLESS, "rate_per_s": rate,
            "customers": customers,
        });
        self.control("send", &load).await
    }

    /// How many requests reached Meta.
    pub(super) async fn requests(&self) -> anyhow::Result<u64> {
        let url = format!("{}/control/counters", self.meta_url);
        let counters: Value = self.client.get(url).send().await?.json().await?;
        counters["requests"].as_u64().context("no counter")
    }

    async fn control(&self, route: &str, body: &Value) -> anyhow::Result<()> {
        let url = format!("{}/control/{route}", self.meta_url);
        let answer = self.client.post(url).json(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{route}: {status} {text}");
        Ok(())
    }

    /// Stops the load and waits until all was delivered, handled, decided and sent.
    pub(super) async fn settle(&self) -> anyhow::Result<()> {
        self.control("quiet", &json!({})).await?;
        let began = Instant::now();
        let mut connection = SqliteConnectOptions::new()
            .filename(self.data_dir().join("log.db"))
            .read_only(true)
            .connect()
            .await?;
        let mut head = (0, Instant::now());
        loop {
            self.control("drain", &json!({"timeout_ms": 60_000}))
                .await?;
            let (left, newest) = left(&mut connection).await?;
            if newest != head.0 {
                head = (newest, Instant::now());
            }
            if left == [0; 3] && head.1.elapsed() > STILL {
                return Ok(());
            }
            ensure!(
                began.elapsed() < SETTLED,
                "left after {SETTLED:?}: items, sends, commands: {left:?}: {}",
                self.server_log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// What the server still has to do (items, sends, commands), and the newest position.
async fn left(connection: &mut SqliteConnection) -> anyhow::Result<([i64; 3], i64)> {
    let (items, sends, commands, newest) = sqlx::query_as(
        "select (select count(*) from inbox_items where state < 2), \
                (select count(*) from outbox where settled_at is null), \
                (select count(*) from process_commands), \
                (select max(position) from events)",
    )
    .fetch_one(connection)
    .await?;
    Ok(([items, sends, commands], newest))
}

/// A free port below those that the system gives to outgoing connections: one of these could take the
/// server's place, or connect to itself, while the server is down.
fn quiet_port() -> anyhow::Result<u16> {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000)?;
    (first..first + 100)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("no free port")
}
