//! The real server in a process of its own, with a live number; on SQLite, or with `DATABASE=postgres` on a
//! PostgreSQL of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use api::bootstrap::run_file::{self, RunInfo};
use infrastructure::database::db::{self, Connection};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;
use tests::private_postgres::PrivatePostgres;
use tokio::process::{Child, Command};

/// App secret of the server.
pub(crate) const SECRET: &str = "app-secret-of-the-benchmarks-0123";
/// The number that customers write to.
pub(crate) const PHONE_NUMBER_ID: &str = "123456789012345";
/// A start takes far less.
const START: Duration = Duration::from_secs(20);

/// Nobody listens on the port of `discard`: no request leaves the machine.
const NO_CLOUD_API: &str = "http://127.0.0.1:9/v25.0";

/// A running server; ends with this.
#[derive(Debug)]
pub(crate) struct Server {
    folder: TempDir,
    child: Child,
    client: reqwest::Client,
    run: RunInfo,
    postgres: Option<PrivatePostgres>,
    /// Where it listens.
    pub(crate) port: u16,
}

impl Server {
    /// Starts it with one number and no Cloud API.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        Self::start_with(NO_CLOUD_API, &[PHONE_NUMBER_ID.to_owned()]).await
    }

    /// Starts it with numbers that may send as fast as an upgraded one.
    pub(crate) async fn start_with(cloud_api: &str, numbers: &[String]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let log = std::fs::File::create(folder.path().join("server.log"))?;
        let postgres = if is_on_postgres() {
            let server = PrivatePostgres::start_durable()?;
            Some(server.context("PostgreSQL is not installed")?)
        } else {
            None
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        if let Some(postgres) = &postgres {
            command.env("DATABASE_URL", postgres.url("postgres"));
        }
        let mut child = command
            .arg("serve")
            .current_dir(folder.path())
            .env("DATA_DIR", folder.path().join("data"))
            .env("HOST", "127.0.0.1")
            .env("PORT", port.to_string())
            .env("WHATSAPP_API_URL", cloud_api)
            .env("WHATSAPP_APP_SECRET", SECRET)
            .env("WHATSAPP_VERIFY_TOKEN", "verify-token-of-the-benchmarks")
            .env("NUMBER_RATE", "1000")
            .env("SIMULATOR", "off")
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let run = wait_for_run_file(folder.path(), &mut child).await?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let server = Self {
            folder,
            child,
            client,
            run,
            postgres,
            port,
        };
        for (index, phone_number_id) in numbers.iter().enumerate() {
            let body = json!({
                "display_name": "Main", "phone_number": format!("+7900123{index:04}"), "is_active": true,
                "phone_number_id": phone_number_id, "access_token": "EAAtokenOfTheTests4f2a",
                "whatsapp_business_account_id": "100000000000002",
            });
            server.post("/api/v1/whatsapp/numbers", &body).await?;
        }
        Ok(server)
    }

    /// Binds the salon bot to a number.
    pub(crate) async fn import_salon(&self, phone_number_id: &str) -> anyhow::Result<()> {
        let body = json!({
            "name": "Salon", "phone_number_id": phone_number_id, "publish": true,
            "definition": include_str!("../../../domain/scenarios/salon.json"),
        });
        self.post("/api/v1/admin/bots/import", &body).await?;
        Ok(())
    }

    /// A new admin token.
    pub(crate) async fn token(&self) -> anyhow::Result<String> {
        let body = json!({"name": "benchmark", "role": "admin"});
        let made = self.post("/api/v1/admin/tokens", &body).await?;
        Ok(made["token"].as_str().context("no token")?.to_owned())
    }

    /// The token it takes from this machine.
    pub(crate) fn admin_token(&self) -> &str {
        self.run.admin_token.expose_secret()
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self
            .client
            .post(format!("{}{path}", self.run.address))
            .bearer_auth(self.admin_token());
        let answer = request.json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Asks for JSON.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = self
            .client
            .get(format!("{}{path}", self.run.address))
            .bearer_auth(self.admin_token());
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// Where its data lies.
    fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A connection to its log.
    pub(crate) async fn connect(&self) -> anyhow::Result<Connection> {
        if let Some(postgres) = &self.postgres {
            return Ok(db::Server::parse(&postgres.url("postgres"))?
                .connect()
                .await?);
        }
        let options = SqliteConnectOptions::new().filename(self.data_dir().join("log.db"));
        Ok(options.read_only(true).connect().await?.into())
    }

    /// Ends it in order and leaves its data.
    pub(crate) async fn stop(mut self) -> anyhow::Result<(TempDir, Option<PrivatePostgres>)> {
        let pid = self.child.id().context("the server ended")?;
        let stopped = Command::new("kill").arg(pid.to_string()).status().await?;
        ensure!(stopped.success(), "the server cannot be told to stop");
        tokio::time::timeout(START, self.child.wait()).await??;
        Ok((self.folder, self.postgres))
    }

    /// Megabytes it holds in memory, and the most it held.
    pub(crate) fn resident_mb(&self) -> anyhow::Result<(u64, u64)> {
        let (now, most) = self.resident_kb()?;
        Ok((now / 1024, most / 1024))
    }

    /// Kilobytes it holds in memory, and the most it held.
    pub(crate) fn resident_kb(&self) -> anyhow::Result<(u64, u64)> {
        let pid = self.child.id().context("the server ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            kb.unwrap_or(0)
        };
        Ok((field("VmRSS:"), field("VmHWM:")))
    }
}

/// Whether the benchmarks run on PostgreSQL.
#[expect(
    clippy::disallowed_methods,
    reason = "a knob of the benchmark, no configuration of the product"
)]
pub(crate) fn is_on_postgres() -> bool {
    std::env::var("DATABASE").is_ok_and(|name| name == "postgres")
}

/// What a started server says of itself.
async fn wait_for_run_file(folder: &Path, child: &mut Child) -> anyhow::Result<RunInfo> {
    let began = Instant::now();
    loop {
        if let Some(run) = run_file::read(&folder.join("data"))? {
            return Ok(run);
        }
        if let Some(status) = child.try_wait()? {
            let said = std::fs::read_to_string(folder.join("server.log"))?;
            anyhow::bail!("the server ended with {status}: {said}");
        }
        ensure!(began.elapsed() < START, "the server does not start");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
