//! What the lab looks at in the product's database: what is left to do, the log, the read models.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use application::ports::event_log::EventLog;
use application::ports::leases::Alone;
use application::tasks::Tasks;
use infrastructure::database::db::Server;
use infrastructure::database::{Database, Location, OpenOptions};
use infrastructure::keys::KeyFiles;
use infrastructure::system::{SystemClock, SystemIds};
use projections::Projections;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

/// Time in which read models reach the head.
const CAUGHT_UP: Duration = Duration::from_mins(2);
const LEFT: &str = "select (select count(*) from inbox_items where state < 2), \
           (select count(*) from outbox where settled_at is null), \
           (select count(*) from process_commands), \
           (select coalesce(max(position), 0) from events)";

/// Where an installation keeps its data, and its keys.
#[derive(Clone, Debug)]
pub(super) struct Installation {
    /// The folder of the keys, and of the data where there is no server.
    pub(super) data_dir: PathBuf,
    /// The server's URL.
    pub(super) url: Option<String>,
}

/// What is still to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Received and not handled.
    pub items: i64,
    /// Queued and not settled.
    pub sends: i64,
    /// Decided and not carried out.
    pub commands: i64,
    /// The newest position.
    pub newest: i64,
}

impl Left {
    /// Whether nothing is.
    pub const fn is_nothing(&self) -> bool {
        self.items == 0 && self.sends == 0 && self.commands == 0
    }
}

impl Installation {
    /// What is still to be done.
    pub(super) async fn left(&self) -> anyhow::Result<Left> {
        let (items, sends, commands, newest) = if let Some(url) = &self.url {
            let mut connection = PgConnection::connect(url).await?;
            let row = sqlx::query_as(LEFT).fetch_one(&mut connection).await?;
            connection.close().await?;
            row
        } else {
            let mut connection = self.file().connect().await?;
            let row = sqlx::query_as(LEFT).fetch_one(&mut connection).await?;
            connection.close().await?;
            row
        };
        Ok(Left {
            items,
            sends,
            commands,
            newest,
        })
    }

    /// Items of the inbox with their keys.
    pub(super) async fn items(&self) -> anyhow::Result<Vec<(i64, Vec<u8>)>> {
        const ITEMS: &str = "select id, dedupe from inbox_items";
        Ok(if let Some(url) = &self.url {
            let mut connection = PgConnection::connect(url).await?;
            let rows = sqlx::query_as(ITEMS).fetch_all(&mut connection).await?;
            connection.close().await?;
            rows
        } else {
            let mut connection = self.file().connect().await?;
            let rows = sqlx::query_as(ITEMS).fetch_all(&mut connection).await?;
            connection.close().await?;
            rows
        })
    }

    /// Changes the file.
    pub(super) async fn execute(&self, statement: &'static str) -> anyhow::Result<()> {
        let mut connection = self.file().read_only(false).connect().await?;
        sqlx::raw_sql(statement).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    fn file(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(self.data_dir.join("log.db"))
            .read_only(true)
    }

    /// Opens the log as the product does.
    pub(super) async fn open(&self, tasks: &Tasks) -> anyhow::Result<Database> {
        let (keyring, _made) = KeyFiles::open_or_create(&self.data_dir, None)?;
        let location = match &self.url {
            Some(url) => Location::Server(Server::parse(url)?),
            None => Location::Folder(self.data_dir.clone()),
        };
        let options = OpenOptions {
            location,
            keyring: Arc::new(keyring),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
        };
        Ok(Database::open(options, tasks).await?)
    }

    fn read_models(&self) -> anyhow::Result<projections::Location> {
        Ok(match &self.url {
            Some(url) => projections::Location::Server(Server::parse(url)?),
            None => projections::Location::File(self.data_dir.join("read.db")),
        })
    }

    /// The read models beside the nodes; nothing in them moves by this.
    pub(super) async fn projections(&self, tasks: &Tasks) -> anyhow::Result<Arc<Projections>> {
        let log: Arc<dyn EventLog> = self.open(tasks).await?.log;
        let leases = Arc::new(Alone::default());
        Ok(Projections::open(self.read_models()?, log, leases, tasks).await?)
    }

    /// Read models that were followed through everything show what a rebuild shows. No node runs.
    pub(super) async fn assert_rebuilds_equal(&self) -> anyhow::Result<()> {
        let tasks = Tasks::default();
        let database = self.open(&tasks).await?;
        let log: Arc<dyn EventLog> = database.log;
        let leases = Arc::new(Alone::default());
        let place = self.read_models()?;
        let projections = Projections::open(place, Arc::clone(&log), leases, &tasks).await?;
        projections.start()?;
        ensure!(projections.wait_for(log.head(), CAUGHT_UP).await);
        for status in projections.list() {
            ensure!(status.degraded.is_none(), "{status:?}");
            let live = projections.fingerprint(status.name).await?;
            projections.rebuild(status.name, |_, _| {}).await?;
            let rebuilt = projections.fingerprint(status.name).await?;
            ensure!(live == rebuilt, "{} differs from its rebuild", status.name);
        }
        ensure!(tasks.shut_down(CAUGHT_UP).await);
        Ok(())
    }

    /// A sound file; the words of SQLite where it is not. No node runs.
    pub(super) async fn integrity(&self) -> anyhow::Result<String> {
        let mut connection = self.file().connect().await?;
        let said = sqlx::query_scalar("pragma integrity_check")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(said)
    }
}

/// A file's lines as records.
pub(super) fn lines<T: for<'a> serde::Deserialize<'a>>(path: &Path) -> anyhow::Result<Vec<T>> {
    // A Meta that was asked nothing has no book yet.
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path)?;
    let lines = text.lines().map(serde_json::from_str::<T>);
    Ok(lines.collect::<Result<_, _>>()?)
}
