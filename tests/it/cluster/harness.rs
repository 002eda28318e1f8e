//! Several nodes as processes on one PostgreSQL, a Meta in a process of its own, a balancer between them.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use api::bootstrap::run_file;
use application::tasks::Tasks;
use infrastructure::database::db::Server;
use infrastructure::database::{Database, Location, OpenOptions};
use infrastructure::keys::KeyFiles;
use infrastructure::system::{SystemClock, SystemIds};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tests::private_postgres::PrivatePostgres;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::balancer::Balancer;
use crate::kill::{BOT, Books};
use crate::support::{APP_SECRET, DEADLINE, Said, VERIFY_TOKEN, eventually, vestnik_in};

/// So short that a test need not wait long for a dead node's work, and long enough for a busy machine.
pub(crate) const LEASE: Duration = Duration::from_secs(3);
/// Customers of each number: enough that the pace of a pair holds nobody up.
const CUSTOMERS: u64 = 20;
/// More messages than any test waits for.
const ENDLESS: u32 = 100_000_000;
/// Without a new event for this time nobody has anything in mind any more (statuses come far sooner).
const STILL: Duration = Duration::from_millis(700);

/// A node.
#[derive(Debug)]
pub(crate) struct Node {
    data_dir: PathBuf,
    pub(crate) address: SocketAddr,
    token: String,
    process: Child,
}

/// All of it; ends with it.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Node>,
    client: reqwest::Client,
    meta_url: String,
    balancer: Balancer,
    _meta: Child,
    folder: TempDir,
    server: PrivatePostgres,
    started: usize,
    /// More settings of every node.
    settings: Vec<(&'static str, String)>,
}

impl Cluster {
    /// So many nodes with so many numbers that the same bot answers on, and customers who write.
    pub(crate) async fn start(nodes: usize, numbers: usize) -> anyhow::Result<Option<Self>> {
        Self::start_with(nodes, numbers, Vec::new()).await
    }

    /// As [`Self::start`], with more settings.
    pub(crate) async fn start_with(
        nodes: usize,
        numbers: usize,
        settings: Vec<(&'static str, String)>,
    ) -> anyhow::Result<Option<Self>> {
        let Some(server) = PrivatePostgres::start()? else {
            return Ok(None);
        };
        // Whoever comes second finds the same provider installed.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(DEADLINE)
            .build()?;
        let folder = tempfile::tempdir()?;
        let balancer = Balancer::start().await?;
        let mut meta = Command::new(env!("CARGO_BIN_EXE_fakemeta"))
            .arg("--callback")
            .arg(format!(
                "http://{}/api/v1/webhooks/whatsapp",
                balancer.address
            ))
            .args(["--secret", APP_SECRET])
            .arg("--ledger")
            .arg(folder.path().join("ledger"))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("fakemeta does not start")?;
        let stdout = meta.stdout.take().context("no stdout")?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        let mut cluster = Self {
            nodes: Vec::new(),
            client,
            meta_url: line.context("fakemeta ended")?,
            balancer,
            _meta: meta,
            folder,
            server,
            started: 0,
            settings,
        };
        for _ in 0..nodes {
            cluster.add().await?;
        }
        for number in 0..numbers {
            cluster.add_number(number).await?;
        }
        Ok(Some(cluster))
    }

    /// Starts another node; it has answered when this returns.
    pub(crate) async fn add(&mut self) -> anyhow::Result<()> {
        let data_dir = self.folder.path().join(format!("node{}", self.started));
        self.started += 1;
        std::fs::create_dir_all(&data_dir)?;
        if self.started > 1 {
            copy_keys(&self.folder.path().join("node0"), &data_dir)?;
        }
        let node = self.spawn(data_dir).await?;
        self.nodes.push(node);
        self.balance();
        Ok(())
    }

    async fn spawn(&self, data_dir: PathBuf) -> anyhow::Result<Node> {
        // One that was killed has left it.
        let _ = std::fs::remove_file(data_dir.join("run.json"));
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("nodes.log"))?;
        let process = Command::new(env!("CARGO_BIN_EXE_server"))
            .arg("serve")
            .current_dir(&data_dir)
            .env("DATA_DIR", &data_dir)
            .env("DATABASE_URL", self.server.url("postgres"))
            .env("HOST", "127.0.0.1")
            .env("PORT", "0")
            .env("WHATSAPP_API_URL", format!("{}/v25.0", self.meta_url))
            .env("WHATSAPP_APP_SECRET", APP_SECRET)
            .env("WHATSAPP_VERIFY_TOKEN", VERIFY_TOKEN)
            .env("SIMULATOR", "off")
            .env("SEND_TIMEOUT_SECONDS", "3")
            .env("LEASE_SECONDS", LEASE.as_secs().to_string())
            .env("LOG", "warn,infrastructure::database::leases=debug")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("a node does not start")?;
        let run = eventually("run.json", || async {
            run_file::read(&data_dir).ok().flatten()
        })
        .await;
        let address = run
            .address
            .trim_start_matches("http://")
            .trim_end_matches('/');
        Ok(Node {
            address: address.parse()?,
            token: run.admin_token.expose_secret().to_owned(),
            data_dir,
            process,
        })
    }

    fn balance(&self) {
        self.balancer
            .set(self.nodes.iter().map(|node| node.address).collect());
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self, place: usize) -> anyhow::Result<()> {
        let mut node = self.nodes.remove(place);
        node.process.kill().await?;
        self.balance();
        Ok(())
    }

    /// SIGTERM; it must end well. The folder it leaves.
    pub(crate) async fn stop(&mut self, place: usize) -> anyhow::Result<PathBuf> {
        let mut node = self.nodes.remove(place);
        signal(&node, "TERM").await?;
        let ended = tokio::time::timeout(DEADLINE, node.process.wait()).await??;
        self.balance();
        ensure!(ended.success(), "{ended}: {}", self.log());
        Ok(node.data_dir)
    }

    /// Starts a node that was stopped.
    pub(crate) async fn start_again(&mut self, data_dir: PathBuf) -> anyhow::Result<()> {
        let node = self.spawn(data_dir).await?;
        self.nodes.push(node);
        self.balance();
        Ok(())
    }

    /// SIGSTOP: it hears, says and does nothing, and its connections stay.
    pub(crate) async fn pause(&self, place: usize) -> anyhow::Result<()> {
        let others = self.nodes.iter().enumerate();
        let others = others.filter(|(other, _)| *other != place);
        self.balancer
            .set(others.map(|(_, node)| node.address).collect());
        signal(&self.nodes[place], "STOP").await
    }

    /// SIGCONT.
    pub(crate) async fn resume(&self, place: usize) -> anyhow::Result<()> {
        signal(&self.nodes[place], "CONT").await?;
        self.balance();
        Ok(())
    }

    /// A request to a node; the answer must be a success.
    pub(crate) async fn get(&self, place: usize, path: &str) -> anyhow::Result<String> {
        let node = &self.nodes[place];
        let url = format!("http://{}/api/v1{path}", node.address);
        let asked = self.client.get(url).bearer_auth(&node.token);
        let answer = asked.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(text)
    }

    /// As [`Self::get`], with a body to change something.
    pub(crate) async fn post(
        &self,
        place: usize,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<String> {
        let node = &self.nodes[place];
        let url = format!("http://{}/api/v1{path}", node.address);
        let asked = self.client.post(url).bearer_auth(&node.token).json(body);
        let answer = asked.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(text)
    }

    /// Host and port of a node, and a token that it takes from an admin.
    pub(crate) fn door(&self, place: usize) -> (String, String) {
        let node = &self.nodes[place];
        (node.address.to_string(), node.token.clone())
    }

    /// Runs a command beside a node.
    pub(crate) async fn vestnik(&self, place: usize, arguments: &[&str]) -> anyhow::Result<Said> {
        let url = self.server.url("postgres");
        let settings = [("DATABASE_URL", &*url)];
        Ok(vestnik_in(&self.nodes[place].data_dir, &settings, arguments).await)
    }

    async fn add_number(&self, number: usize) -> anyhow::Result<()> {
        let phone_number_id = phone_number_id(number);
        let place = number % self.nodes.len();
        let added = json!({
            "display_name": format!("Number {number}"), "is_active": true,
            "phone_number": format!("+7900123456{number}"),
            "phone_number_id": phone_number_id,
            "whatsapp_business_account_id": "100000000000002",
            "access_token": "EAAtokenOfTheTests4f2a",
        });
        self.post(place, "/whatsapp/numbers", &added).await?;
        let bot = json!({
            "name": format!("Chatty {number}"), "phone_number_id": phone_number_id,
            "publish": true, "definition": BOT,
        });
        self.post(place, "/admin/bots/import", &bot).await?;
        Ok(())
    }

    /// Customers of every number begin to write and do not stop.
    pub(crate) async fn load(&self, numbers: usize, rate: u32) -> anyhow::Result<()> {
        for number in 0..numbers {
            let load = json!({
                "phone_number_id": phone_number_id(number), "count": ENDLESS, "rate_per_s": rate,
                "customers": CUSTOMERS,
            });
            self.control("send", &load).await?;
        }
        Ok(())
    }

    async fn control(&self, route: &str, body: &Value) -> anyhow::Result<()> {
        let url = format!("{}/control/{route}", self.meta_url);
        let answer = self.client.post(url).json(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{route}: {status} {text}");
        Ok(())
    }

    /// Waits until so many more requests have reached Meta.
    pub(crate) async fn go_on(&self, requests: u64) -> anyhow::Result<()> {
        let count = async || -> anyhow::Result<u64> {
            let url = format!("{}/control/counters", self.meta_url);
            let counters: Value = self.client.get(url).send().await?.json().await?;
            counters["requests"].as_u64().context("no counter")
        };
        let until = count().await? + requests;
        let began = Instant::now();
        while count().await? < until {
            ensure!(
                began.elapsed() < DEADLINE,
                "nothing is sent: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// A connection to the database beside the nodes.
    pub(crate) async fn sql(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.server.url("postgres")).await?)
    }

    /// Waits until every lease has an owner that is there, and so many nodes have some.
    pub(crate) async fn spread_over(&self, nodes: i64) -> anyhow::Result<()> {
        let mut connection = self.sql().await?;
        let began = Instant::now();
        loop {
            let (owners, without): (i64, i64) = sqlx::query_as(
                "select count(distinct leases.owner), \
                   count(*) filter (where nodes.id is null or leases.expires_at < \
                     (extract(epoch from clock_timestamp()) * 1000000)::bigint) \
                 from leases left join nodes on nodes.id = leases.owner and not nodes.is_leaving \
                 where name not like 'build/%'",
            )
            .fetch_one(&mut connection)
            .await?;
            if (owners, without) == (nodes, 0) {
                return Ok(());
            }
            ensure!(
                began.elapsed() < DEADLINE,
                "{owners} owners, {without} leases without one: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops the load and waits until all was delivered, handled, decided and sent.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        self.control("quiet", &json!({})).await?;
        let mut connection = self.sql().await?;
        let began = Instant::now();
        let mut head = (0, Instant::now());
        loop {
            self.control("drain", &json!({"timeout_ms": 20_000}))
                .await?;
            let (items, sends, commands, newest): (i64, i64, i64, i64) = sqlx::query_as(
                "select (select count(*) from inbox_items where state < 2), \
                        (select count(*) from outbox where settled_at is null), \
                        (select count(*) from process_commands), \
                        (select max(position) from events)",
            )
            .fetch_one(&mut connection)
            .await?;
            if newest != head.0 {
                head = (newest, Instant::now());
            }
            if (items, sends, commands) == (0, 0, 0) && head.1.elapsed() > STILL {
                return Ok(());
            }
            ensure!(
                began.elapsed() < DEADLINE,
                "left: {items} items, {sends} sends, {commands} commands: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The log, opened beside the nodes.
    pub(crate) async fn database(&self, tasks: &Tasks) -> anyhow::Result<Database> {
        let (keyring, _made) = KeyFiles::open_or_create(&self.folder.path().join("node0"), None)?;
        let options = OpenOptions {
            location: Location::Server(Server::parse(&self.server.url("postgres"))?),
            keyring: Arc::new(keyring),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
        };
        Ok(Database::open(options, tasks).await?)
    }

    /// The read models' server.
    pub(crate) fn read_models(&self) -> anyhow::Result<projections::Location> {
        let server = Server::parse(&self.server.url("postgres"))?;
        Ok(projections::Location::Server(server))
    }

    /// What Meta and the log wrote down.
    pub(crate) async fn books(&self) -> anyhow::Result<Books> {
        let tasks = Tasks::default();
        let database = self.database(&tasks).await?;
        let books = Books::of(&self.folder.path().join("ledger"), database.log.as_ref()).await?;
        ensure!(tasks.shut_down(DEADLINE).await);
        Ok(books)
    }

    /// The last lines that nodes logged.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("nodes.log"));
        let log = log.unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

async fn signal(node: &Node, name: &str) -> anyhow::Result<()> {
    let id = node.process.id().context("ended by itself")?;
    let told = Command::new("kill")
        .args([format!("-{name}"), id.to_string()])
        .status()
        .await?;
    ensure!(told.success(), "the signal was not sent");
    Ok(())
}

fn phone_number_id(number: usize) -> String {
    format!("12345678901234{number}")
}

/// All nodes of an installation have the same keys.
fn copy_keys(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to.join("keys"))?;
    for file in std::fs::read_dir(from.join("keys"))? {
        let file = file?;
        std::fs::copy(file.path(), to.join("keys").join(file.file_name()))?;
    }
    Ok(())
}
