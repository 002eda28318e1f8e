//! A log in SQLite: files, the linked version, the one writer.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use application::failpoints;
use application::ports::leases::Alone;
use application::tasks::Tasks;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};

use super::{Database, Loaded, OpenError, OpenOptions};
use crate::database::db::{Connection, Pool};
use crate::database::log::Appender;
use crate::database::write_queue::{Queues, TransactionTime, WriteConnection, WriteQueue};

/// The migrations of `log.db`.
pub static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Older versions can corrupt a database in WAL mode.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
pub(crate) const FILE: &str = "log.db";
const READ_CONNECTIONS: u32 = 4;
/// Pages that the writer keeps, as SQLite counts them (negative: KiB). Beyond it the system's cache answers.
const WRITE_CACHE_KIB: &str = "-16384";
/// Pages of the WAL from which they are put into the file (32 MiB). A page that changes again and again until
/// then is put there once, and transactions pause less often for it.
const CHECKPOINT_PAGES: &str = "8192";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Appends that may wait; beyond, callers are told to try later.
const APPEND_LANE: usize = 4096;

/// Opens or creates `log.db`.
pub(super) async fn open(
    folder: &Path,
    options: OpenOptions,
    tasks: &Tasks,
) -> Result<Database, OpenError> {
    let path = folder.join(FILE);
    create_private(folder, &path)?;
    let mut connection = write_options(&path).connect().await?;
    check_version(&mut connection).await?;
    MIGRATIONS.run(&mut connection).await?;
    let mut connection = Connection::from(connection);
    let reads = read_pool(&path).await?;
    let clock = Arc::clone(&options.clock);
    let time = TransactionTime::Process(Arc::clone(&clock));
    let loaded = Loaded::read(&mut connection, reads, options, clock).await?;
    let mut queue = WriteQueue::default();
    let mut queues = Queues::One(&mut queue);
    let database = loaded.assemble(&mut queues, Arc::new(Alone::default()), |loaded, queues| {
        let job = loaded.parts.append_job();
        Appender::Sqlite(queues.working().lane(job, APPEND_LANE))
    });
    let (reads, stop) = (database.context.reads.clone(), tasks.stop().clone());
    let writing = async move {
        let connection = queue
            .run(WriteConnection::only(connection), time, stop)
            .await;
        close(reads, connection).await;
    };
    tasks
        .spawn_on_own_thread("log-writer", writing)
        .map_err(|error| OpenError::File { path, error })?;
    Ok(database)
}

/// Closes all connections, the writer last: it is the one that can put the rest of the WAL into the file.
/// Whoever stops the server finds the folder at rest, not files that a thread still writes.
async fn close(reads: Pool, writer: WriteConnection) {
    reads.close().await;
    if let Err(error) = writer.close().await {
        tracing::warn!(%error, "the log's file was not closed in order; the next start repairs it");
    }
}

/// The files are the owner's alone; `-wal` and `-shm` take the mode of the file.
pub(crate) fn create_private(directory: &Path, path: &Path) -> Result<(), OpenError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|error| OpenError::File {
            path: directory.to_owned(),
            error,
        })?;
    fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|error| OpenError::File {
            path: path.to_owned(),
            error,
        })
}

fn base_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .statement_cache_capacity(256)
        .disable_statement_logging()
}

/// What a commit waits for. The control run of the lab's power cuts must lose what it acknowledged.
fn synchronous() -> SqliteSynchronous {
    if failpoints::is_set("synchronous_normal") {
        SqliteSynchronous::Normal
    } else {
        SqliteSynchronous::Full
    }
}

/// FULL: a webhook that was acknowledged is on disk. Deleted keys and bodies are overwritten with zeros. What a
/// statement needs to undo itself stays in memory: it is as large as its batch.
pub(crate) fn write_options(path: &Path) -> SqliteConnectOptions {
    base_options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous())
        .pragma("cache_size", WRITE_CACHE_KIB)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("temp_store", "memory")
        .pragma("secure_delete", "on")
}

async fn read_pool(path: &Path) -> Result<Pool, sqlx::Error> {
    let pool = SqlitePoolOptions::new()
        .max_connections(READ_CONNECTIONS)
        .min_connections(1);
    let options = base_options(path).read_only(true);
    Ok(pool.connect_with(options).await?.into())
}

async fn check_version(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let found: String = sqlx::query_scalar("select sqlite_version()")
        .fetch_one(connection)
        .await?;
    let mut parts = found.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < OLDEST_SQLITE {
        return Err(OpenError::OldSqlite { found });
    }
    Ok(())
}
