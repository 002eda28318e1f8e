//! Where read models are kept: a file beside the log's, or a schema of the log's database.
//!
//! What is there of another state of the log is dropped when it is opened: nothing in it is the truth.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use application::ports::event_log::EventLog;
use infrastructure::database::db::{Connection, Pool, Server, query, script};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};

use super::batch::Slot;
use super::{Projection, ProjectionError, store};
use crate::statements;

const SQLITE_READERS: u32 = 4;
const POSTGRES_READERS: u32 = 8;
/// Pages of the WAL from which they are put into the file (32 MiB): the pages of what happens now change again
/// and again until then.
const CHECKPOINT_PAGES: &str = "8192";
const BUSY: Duration = Duration::from_secs(5);
/// Pages that the writer keeps, as SQLite counts them (negative: KiB).
const WRITE_CACHE_KIB: &str = "-16384";
/// How long a reader waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// In front of nothing else: the log's tables are named by the log alone.
const SEARCH_PATH: (&str, &str) = ("search_path", "read_models");
/// That a table to be dropped is not there is no news.
const QUIET: (&str, &str) = ("client_min_messages", "warning");

/// Where read models are kept.
#[derive(Clone, Debug)]
pub enum Location {
    /// SQLite: this file.
    File(PathBuf),
    /// PostgreSQL: the schema `read_models` of this database.
    Server(Server),
}

/// A location that is open.
#[derive(Debug)]
pub(super) struct Place {
    location: Location,
    switched: Switched,
}

/// When a build was switched in last. What a connection prepared before that is for views that are gone: where
/// the new ones have other columns PostgreSQL refuses it, and SQLite's driver reads past the row's end. So the
/// connection is not used again.
#[derive(Clone, Debug, Default)]
struct Switched(Arc<Mutex<Option<Instant>>>);

impl Switched {
    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether that was after a connection of this age was made.
    fn is_newer(&self, age: Duration) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|at| at.elapsed() <= age)
    }
}

impl Place {
    pub(super) fn new(location: Location) -> Self {
        let location = match location {
            Location::File(path) => Location::File(path),
            Location::Server(server) => {
                let options = server.options().clone();
                Location::Server(Server::from(options.options([SEARCH_PATH, QUIET])).impatient())
            }
        };
        Self {
            location,
            switched: Switched::default(),
        }
    }

    /// Another build answers queries from now on.
    pub(super) fn switched(&self) {
        self.switched.note();
    }

    /// A connection for the writer.
    pub(super) async fn connect(&self) -> Result<Connection, ProjectionError> {
        Ok(match &self.location {
            Location::File(path) => file(path).await?,
            Location::Server(server) => server.by_keys().connect().await?,
        })
    }

    /// The writer's connection, and the builds that are live or made now.
    pub(super) async fn open(
        &self,
        log: &dyn EventLog,
        known: &[Arc<dyn Projection>],
    ) -> Result<(Connection, Vec<Slot>), ProjectionError> {
        let mut connection = match &self.location {
            Location::File(path) => open_file(path, log).await?,
            Location::Server(server) => server.by_keys().connect().await?,
        };
        // Of nodes that start together one makes the tables, and the others find them.
        let mut transaction = connection.begin().await?;
        if let Location::Server(_) = self.location {
            open_schema(&mut transaction, log).await?;
        }
        let mut slots = Vec::new();
        for projection in known {
            slots.extend(store::live_slot(&mut transaction, projection, log.epoch()).await?);
        }
        transaction.commit().await?;
        Ok((connection, slots))
    }

    /// Connections for queries.
    pub(super) async fn readers(&self) -> Result<Pool, ProjectionError> {
        let switched = self.switched.clone();
        Ok(match &self.location {
            Location::File(path) => SqlitePoolOptions::new()
                .max_connections(SQLITE_READERS)
                .before_acquire(move |_, connection| {
                    let is_usable = !switched.is_newer(connection.age);
                    Box::pin(async move { Ok(is_usable) })
                })
                .connect_with(options(path).read_only(true))
                .await?
                .into(),
            Location::Server(server) => {
                let pool = PgPoolOptions::new()
                    .max_connections(POSTGRES_READERS)
                    .acquire_timeout(ACQUIRE)
                    .before_acquire(move |_, connection| {
                        let is_usable = !switched.is_newer(connection.age);
                        Box::pin(async move { Ok(is_usable) })
                    });
                server.pool(pool)
            }
        })
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(BUSY)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("temp_store", "memory")
}

async fn file(path: &Path) -> Result<Connection, ProjectionError> {
    let options = options(path)
        .create_if_missing(true)
        .pragma("cache_size", WRITE_CACHE_KIB);
    let connection = SqliteConnection::connect_with(&options).await?;
    let mut connection = connection.into();
    script(statements::MIGRATIONS.0.to_owned(), &mut connection).await?;
    Ok(connection)
}

async fn open_file(path: &Path, log: &dyn EventLog) -> Result<Connection, ProjectionError> {
    let mut connection = file(path).await?;
    if !is_foreign(&mut connection, log).await? {
        return Ok(connection);
    }
    connection.close().await?;
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    file(path).await
}

async fn open_schema(
    transaction: &mut Connection,
    log: &dyn EventLog,
) -> Result<(), ProjectionError> {
    query(statements::OPENING_LOCK)
        .execute(&mut *transaction)
        .await?;
    let is_there: bool = query(statements::SCHEMA_EXISTS)
        .fetch_one(&mut *transaction)
        .await?;
    if !is_there {
        // Whoever may not make schemas can have it made by someone else.
        script("create schema read_models".to_owned(), &mut *transaction).await?;
    }
    script(statements::MIGRATIONS.1.to_owned(), &mut *transaction).await?;
    if is_foreign(transaction, log).await? {
        store::drop_all(transaction).await?;
    }
    Ok(())
}

/// Whether the read models are of another log, or ahead of it. Another node may be ahead of what this one knows
/// of the log, so the log itself is asked.
async fn is_foreign(
    connection: &mut Connection,
    log: &dyn EventLog,
) -> Result<bool, ProjectionError> {
    let epoch = log.epoch().to_string();
    let (others, last): (i64, i64) = query(statements::COUNT_FOREIGN)
        .bind(&epoch)
        .fetch_one(connection)
        .await?;
    let last = last.cast_unsigned();
    let is_foreign = others > 0 || (last > log.head() && log.read_at(last).await?.is_none());
    if is_foreign {
        tracing::warn!("the read models belong to another state of the log and are built anew");
    }
    Ok(is_foreign)
}
