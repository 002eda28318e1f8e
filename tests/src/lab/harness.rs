//! All processes of a lab: a Meta that stays, a balancer before the nodes, nodes that die and come back, on
//! SQLite or on a private PostgreSQL.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use super::balancer::Balancer;
use super::database::Installation;
use super::node::{Binaries, Node, Start, copy_keys};
use super::{APP_SECRET, Meta, SETTLED, VERIFY_TOKEN};
use crate::private_postgres::PrivatePostgres;

/// Lines of the nodes' log that are shown.
const LOG_LINES: usize = 40;

/// Where the data lies.
#[derive(Debug)]
pub enum Place {
    /// In the node's folder; below another folder than the lab's own if one is given.
    Sqlite(Option<PathBuf>),
    /// On a server of the lab's own.
    Postgres(PrivatePostgres),
}

/// What a lab is made of.
#[derive(Debug)]
pub struct Setup {
    /// The programs.
    pub binaries: Binaries,
    /// Where the data lies.
    pub place: Place,
    /// Of everything that happens by chance at Meta.
    pub seed: u64,
    /// What the Cloud API does wrong, per mille.
    pub faults: String,
    /// More settings of nodes.
    pub settings: Vec<(&'static str, String)>,
}

/// All of it; ends with it.
#[derive(Debug)]
pub struct Lab {
    /// The nodes that run.
    pub nodes: Vec<Node>,
    /// Meta.
    pub meta: Meta,
    /// Settings of the nodes that are started from now on.
    pub settings: Vec<(&'static str, String)>,
    pub(super) client: reqwest::Client,
    balancer: Balancer,
    binaries: Binaries,
    data: Option<PathBuf>,
    // Processes end before their files and their server do.
    postgres: Option<PrivatePostgres>,
    folder: TempDir,
    started: usize,
}

impl Lab {
    /// A Meta that knows where to deliver to, and no node.
    ///
    /// # Errors
    /// A process does not start.
    pub async fn start(setup: Setup) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let balancer = Balancer::start().await?;
        let callback = format!("http://{}/api/v1/webhooks/whatsapp", balancer.address);
        let ledger = folder.path().join("ledger");
        let chance = (setup.seed, &*setup.faults);
        let meta = Meta::start(&setup.binaries, &ledger, &callback, chance).await?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(SETTLED)
            .build()?;
        let (postgres, data) = match setup.place {
            Place::Sqlite(data) => (None, data),
            Place::Postgres(server) => (Some(server), None),
        };
        Ok(Self {
            nodes: Vec::new(),
            meta,
            settings: setup.settings,
            client,
            balancer,
            binaries: setup.binaries,
            data,
            postgres,
            folder,
            started: 0,
        })
    }

    /// As [`Self::start`], with so many nodes, and so many numbers that the same bot answers on.
    ///
    /// # Errors
    /// A process does not start.
    pub async fn running(setup: Setup, nodes: usize, numbers: usize) -> anyhow::Result<Self> {
        let mut lab = Self::start(setup).await?;
        for _ in 0..nodes {
            lab.add().await?;
        }
        lab.add_numbers(numbers).await?;
        Ok(lab)
    }

    /// The server that keeps the data, if there is one.
    ///
    /// # Errors
    /// It is in a file.
    pub fn postgres(&self) -> anyhow::Result<&PrivatePostgres> {
        self.postgres.as_ref().context("the data is in a file")
    }

    /// A connection to the database beside the nodes.
    ///
    /// # Errors
    /// There is none, or it does not answer.
    pub async fn sql(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.postgres()?.url("postgres")).await?)
    }

    fn first_folder(&self) -> PathBuf {
        self.node_folder(0)
    }

    fn node_folder(&self, number: usize) -> PathBuf {
        let below = self.data.as_deref().unwrap_or(self.folder.path());
        below.join(format!("node{number}"))
    }

    pub(super) fn installation(&self) -> Installation {
        Installation {
            data_dir: self.first_folder(),
            url: self.postgres.as_ref().map(|server| server.url("postgres")),
        }
    }

    /// Starts a node in a new folder; it has answered when this returns.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn add(&mut self) -> anyhow::Result<()> {
        let data_dir = self.node_folder(self.started);
        self.started += 1;
        if self.started > 1 {
            copy_keys(&self.first_folder(), &data_dir)?;
        }
        self.start_again(data_dir).await.map(drop)
    }

    /// Starts a node in a folder and does not wait for it.
    ///
    /// # Errors
    /// There is no such program.
    pub fn spawn(&self, data_dir: PathBuf) -> anyhow::Result<Node> {
        let mut settings = vec![
            ("HOST", "127.0.0.1".to_owned()),
            ("PORT", "0".to_owned()),
            ("WHATSAPP_API_URL", format!("{}/v25.0", self.meta.url())),
            ("WHATSAPP_APP_SECRET", APP_SECRET.to_owned()),
            ("WHATSAPP_VERIFY_TOKEN", VERIFY_TOKEN.to_owned()),
            ("SIMULATOR", "off".to_owned()),
            ("SEND_TIMEOUT_SECONDS", "3".to_owned()),
            ("LOG", "warn".to_owned()),
        ];
        let url = self.postgres.as_ref().map(|server| server.url("postgres"));
        settings.extend(url.map(|url| ("DATABASE_URL", url)));
        settings.extend(self.settings.iter().cloned());
        let environment = settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        let start = Start {
            program: &self.binaries.server,
            environment: environment.collect(),
            log: &self.log_file(),
        };
        Node::spawn(data_dir, &start)
    }

    /// Starts a node in a folder that may have been used before; the time until it answered.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn start_again(&mut self, data_dir: PathBuf) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let mut node = self.spawn(data_dir)?;
        let answered = node.answers(&self.client).await;
        answered.with_context(|| self.log())?;
        self.take_in(node);
        Ok(began.elapsed())
    }

    fn balance(&self) {
        let addresses = self.nodes.iter().filter_map(|node| node.address);
        self.balancer.set(addresses.collect());
    }

    /// SIGKILL; the folder it leaves.
    ///
    /// # Errors
    /// It had ended by itself.
    pub async fn kill(&mut self, place: usize) -> anyhow::Result<PathBuf> {
        let mut node = self.nodes.remove(place);
        node.kill().await.with_context(|| self.log())?;
        self.balance();
        Ok(node.data_dir)
    }

    /// Takes a node in that was spawned and listens.
    pub fn take_in(&mut self, node: Node) {
        self.nodes.push(node);
        self.balance();
    }

    /// A node that ended is a node no more; the folder it leaves.
    pub fn forget(&mut self, place: usize) -> PathBuf {
        let node = self.nodes.remove(place);
        self.balance();
        node.data_dir.clone()
    }

    /// SIGTERM; it must end well. The folder it leaves.
    ///
    /// # Errors
    /// It does not end well.
    pub async fn stop(&mut self, place: usize) -> anyhow::Result<PathBuf> {
        let mut node = self.nodes.remove(place);
        let ended = node.stop().await;
        self.balance();
        ended.with_context(|| self.log())?;
        Ok(node.data_dir)
    }

    /// SIGTERM for all of them.
    ///
    /// # Errors
    /// One does not end well.
    pub async fn stop_all(&mut self) -> anyhow::Result<()> {
        while !self.nodes.is_empty() {
            self.stop(0).await?;
        }
        Ok(())
    }

    /// SIGSTOP: it hears, says and does nothing, and its connections stay.
    ///
    /// # Errors
    /// It is gone.
    pub async fn pause(&self, place: usize) -> anyhow::Result<()> {
        self.take_out(place);
        self.nodes[place].signal("STOP").await
    }

    /// Nobody is passed on to a node any more.
    pub fn take_out(&self, place: usize) {
        let others = self.nodes.iter().enumerate();
        let others = others.filter(|(other, _)| *other != place);
        let addresses = others.filter_map(|(_, node)| node.address);
        self.balancer.set(addresses.collect());
    }

    /// SIGCONT.
    ///
    /// # Errors
    /// It is gone.
    pub async fn resume(&self, place: usize) -> anyhow::Result<()> {
        self.nodes[place].signal("CONT").await?;
        self.balance();
        Ok(())
    }

    /// The lab's own folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("nodes.log")
    }

    /// How often something stands in the nodes' log.
    pub fn logged(&self, text: &str) -> u64 {
        let log = std::fs::read_to_string(self.log_file()).unwrap_or_default();
        log.lines().filter(|line| line.contains(text)).count() as u64
    }

    /// The last lines that nodes logged.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(self.log_file()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}
