//! The Meta of the lab: `fakemeta` as a process that stays while everything else dies.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::{APP_SECRET, Binaries, DEADLINE, SETTLED, phone_number_id};

/// More messages than any run waits for.
const ENDLESS: u32 = 100_000_000;
/// How long Meta waits for what is not delivered before it says so.
const DRAIN_MILLIS: u64 = 60_000;

/// A running Meta; ends with this.
#[derive(Debug)]
pub struct Meta {
    url: String,
    ledger: PathBuf,
    client: reqwest::Client,
    _process: Child,
}

impl Meta {
    /// Starts it with its books in a folder; webhooks go to `callback`.
    ///
    /// # Errors
    /// The process does not start.
    pub async fn start(
        binaries: &Binaries,
        ledger: &Path,
        callback: &str,
        (seed, faults): (u64, &str),
    ) -> anyhow::Result<Self> {
        // Whoever comes second finds the same provider installed.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(SETTLED)
            .build()?;
        let mut process = Command::new(&binaries.fakemeta)
            .args(["--callback", callback])
            .args(["--secret", APP_SECRET, "--faults", faults])
            .args(["--seed", &seed.to_string()])
            .arg("--ledger")
            .arg(ledger)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("fakemeta does not start")?;
        let stdout = process.stdout.take().context("no stdout")?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        Ok(Self {
            url: line.context("fakemeta ended")?,
            ledger: ledger.to_owned(),
            client,
            _process: process,
        })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder of its books.
    pub fn ledger(&self) -> &Path {
        &self.ledger
    }

    /// One of its control routes.
    ///
    /// # Errors
    /// It refuses.
    pub async fn control(&self, route: &str, body: &Value) -> anyhow::Result<()> {
        let url = format!("{}/control/{route}", self.url);
        let answer = self.client.post(url).json(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{route}: {status} {text}");
        Ok(())
    }

    /// Customers of so many numbers begin to write and do not stop; `rate` a second and number.
    ///
    /// # Errors
    /// It refuses.
    pub async fn load(&self, numbers: usize, rate: u32, customers: u64) -> anyhow::Result<()> {
        for number in 0..numbers {
            let load = json!({
                "phone_number_id": phone_number_id(number), "count": ENDLESS, "rate_per_s": rate,
                "customers": customers,
            });
            self.control("send", &load).await?;
        }
        Ok(())
    }

    /// What share of the requests fails how, from now on.
    ///
    /// # Errors
    /// No such plan.
    pub async fn fail(&self, plan: &str) -> anyhow::Result<()> {
        self.control("faults", &json!({ "plan": plan })).await
    }

    /// One of its counters.
    ///
    /// # Errors
    /// No such counter.
    pub async fn counter(&self, name: &str) -> anyhow::Result<u64> {
        let url = format!("{}/control/counters", self.url);
        let counters: Value = self.client.get(url).send().await?.json().await?;
        counters[name].as_u64().context("no such counter")
    }

    /// Waits until a counter is higher by so many.
    ///
    /// # Errors
    /// It does not grow any more.
    pub async fn go_on(&self, name: &str, by: u64) -> anyhow::Result<()> {
        let until = self.counter(name).await? + by;
        let began = Instant::now();
        while self.counter(name).await? < until {
            ensure!(began.elapsed() < DEADLINE, "{name} does not grow");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Ends the load.
    ///
    /// # Errors
    /// It refuses.
    pub async fn quiet(&self) -> anyhow::Result<()> {
        self.control("quiet", &json!({})).await
    }

    /// Waits until everything is delivered.
    ///
    /// # Errors
    /// It is not, after a minute.
    pub async fn drain(&self) -> anyhow::Result<()> {
        self.control("drain", &json!({ "timeout_ms": DRAIN_MILLIS }))
            .await
    }
}
