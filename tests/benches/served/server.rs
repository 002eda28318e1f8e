//! The real server in a process of its own, with a live number.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use secrecy::ExposeSecret;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// App secret of the server.
pub(crate) const SECRET: &str = "app-secret-of-the-benchmarks-0123";
/// The number that customers write to.
pub(crate) const PHONE_NUMBER_ID: &str = "123456789012345";
/// A start takes far less.
const START: Duration = Duration::from_secs(20);

/// A running server; ends with this.
#[derive(Debug)]
pub(crate) struct Server {
    folder: TempDir,
    child: Child,
    /// Where it listens.
    pub(crate) port: u16,
}

impl Server {
    /// Starts it and adds the number.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let log = std::fs::File::create(folder.path().join("server.log"))?;
        let child = Command::new(env!("CARGO_BIN_EXE_server"))
            .arg("serve")
            .current_dir(folder.path())
            .env("DATA_DIR", folder.path().join("data"))
            .env("HOST", "127.0.0.1")
            .env("PORT", port.to_string())
            // Nobody listens on the port of `discard`: no request leaves the machine.
            .env("WHATSAPP_API_URL", "http://127.0.0.1:9/v25.0")
            .env("WHATSAPP_APP_SECRET", SECRET)
            .env("WHATSAPP_VERIFY_TOKEN", "verify-token-of-the-benchmarks")
            .env("SIMULATOR", "off")
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let server = Self {
            folder,
            child,
            port,
        };
        server.add_number().await?;
        Ok(server)
    }

    async fn add_number(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        let run = loop {
            if let Some(run) = api::bootstrap::run_file::read(&self.data_dir())? {
                break run;
            }
            ensure!(began.elapsed() < START, "the server does not start");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let body = json!({
            "display_name": "Main", "phone_number": "+79001234567", "is_active": true,
            "phone_number_id": PHONE_NUMBER_ID, "whatsapp_business_account_id": "100000000000002",
            "access_token": "EAAtokenOfTheTests4f2a",
        });
        let answer = reqwest::Client::builder()
            .no_proxy()
            .build()?
            .post(format!("{}/api/v1/whatsapp/numbers", run.address))
            .bearer_auth(run.admin_token.expose_secret())
            .json(&body)
            .send()
            .await?;
        ensure!(answer.status().is_success(), "{}", answer.text().await?);
        Ok(())
    }

    /// Where its data lies.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Megabytes it holds in memory, and the most it held.
    pub(crate) fn resident_mb(&self) -> anyhow::Result<(u64, u64)> {
        let pid = self.child.id().context("the server ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            kb.unwrap_or(0) / 1024
        };
        Ok((field("VmRSS:"), field("VmHWM:")))
    }
}
