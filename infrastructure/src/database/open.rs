//! Opening the database: files, version, migrations, keys, connections, the write queue.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use application::ports::StoreError;
use application::ports::clock::{Clock, IdGenerator};
use application::ports::idempotency::IdempotencyKeys;
use application::ports::inbox::Inbox;
use application::ports::outbox::Outbox;
use application::ports::process_store::ProcessStore;
use application::tasks::Tasks;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use super::blobs::SqliteBlobs;
use super::context::AdapterContext;
use super::directory::{self, SqliteDirectory};
use super::idempotency::SqliteIdempotencyKeys;
use super::inbox::{self, SqliteInbox};
use super::meta;
use super::outbox::SqliteOutbox;
use super::process_store::SqliteProcessStore;
use super::restored::FreezeState;
use super::sqlite_log::{LogParts, Purge, PurgeCommands, SqliteLog};
use super::subject_keys::SubjectKeys;
use super::wakers::Wakers;
use super::write_queue::WriteQueue;
use crate::keys::Keyring;

/// The migrations of `log.db`.
pub static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Older versions can corrupt a database in WAL mode.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
pub(crate) const FILE: &str = "log.db";
const READ_CONNECTIONS: u32 = 4;
/// Pages that the writer keeps, as SQLite counts them (negative: KiB). Beyond it the system's cache answers.
const WRITE_CACHE_KIB: &str = "-16384";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Appends that may wait; beyond, callers are told to try later.
const APPEND_LANE: usize = 4096;
const PURGE_LANE: usize = 4;

/// What the database is opened with.
#[derive(Debug)]
pub struct OpenOptions {
    /// Where `log.db` lies.
    pub data_dir: PathBuf,
    /// The keys of the installation.
    pub keyring: Arc<Keyring>,
    /// Gives each transaction its time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}

/// Why the database does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The linked SQLite is too old.
    #[error("SQLite {found} is too old: 3.51.3 or newer is needed")]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// A key is not the one this log was written with.
    #[error(
        "{key} is not the one this log was written with: restore the key, or point data_dir to the \
         log that belongs to it"
    )]
    WrongKey {
        /// Which key.
        key: &'static str,
    },
    /// A row that the log cannot be without.
    #[error("{what} is damaged: restore the log from a backup")]
    Damaged {
        /// Which row.
        what: &'static str,
    },
    /// The data directory or the file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A migration failed, or the log was written by a newer version.
    #[error("the log's tables cannot be brought to this version: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database.
    #[error("the log cannot be opened: {0}")]
    Database(#[from] sqlx::Error),
    /// Stored rows.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The opened database with its adapters.
#[derive(Debug)]
pub struct Database {
    /// The event log.
    pub log: Arc<SqliteLog>,
    /// Numbers, bots, tokens.
    pub directory: Arc<SqliteDirectory>,
    /// Blobs.
    pub blobs: Arc<SqliteBlobs>,
    /// Deliveries and their items.
    pub inbox: Arc<dyn Inbox>,
    /// Messages to be sent.
    pub outbox: Arc<dyn Outbox>,
    /// Rows of the process manager.
    pub process: Arc<dyn ProcessStore>,
    /// Idempotency keys of clients.
    pub idempotency: Arc<dyn IdempotencyKeys>,
    /// Forgets old commands.
    pub purge_commands: PurgeCommands,
    /// For adapters that only read.
    pub context: AdapterContext,
    /// Lets a test tell what its own transactions brought.
    #[cfg(test)]
    pub(crate) wakers: Arc<Wakers>,
}

impl Database {
    /// Opens or creates `log.db` and runs its write queue on `tasks`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(options: OpenOptions, tasks: &Tasks) -> Result<Self, OpenError> {
        let OpenOptions {
            data_dir,
            keyring,
            clock,
            ids,
        } = options;
        let path = data_dir.join(FILE);
        create_private(&data_dir, &path)?;
        let mut connection = write_options(&path).connect().await?;
        check_version(&mut connection).await?;
        MIGRATIONS.run(&mut connection).await?;
        let epoch = meta::open(&mut connection, &keyring, ids.as_ref()).await?;
        let freeze = FreezeState::load(&mut connection).await?;
        let reads = read_pool(&path).await?;
        let subject_keys = Arc::new(SubjectKeys::new(reads.clone(), Arc::clone(&keyring)));
        let directory_state = directory::load(&mut connection, &keyring).await?;
        let context = AdapterContext {
            reads,
            keyring,
            subject_keys,
            clock: Arc::clone(&clock),
            ids,
        };
        let wakers = Arc::new(Wakers::new(inbox::last_item(&mut connection).await?));
        let (parts, append) = LogParts::open(
            &mut connection,
            &context,
            Arc::clone(&directory_state),
            Arc::clone(&wakers),
        )
        .await?;

        // Lanes in the order in which their jobs run within a transaction.
        let mut queue = WriteQueue::default();
        let inbox = SqliteInbox::new(&context, &mut queue, &wakers);
        let append = queue.lane(append, APPEND_LANE);
        let outbox = SqliteOutbox::new(&context, &mut queue, &wakers, freeze);
        let process = SqliteProcessStore::new(&context, &mut queue);
        let idempotency = SqliteIdempotencyKeys::new(&mut queue);
        let purge = queue.lane(Purge, PURGE_LANE);

        let database = Self {
            log: Arc::new(SqliteLog::new(context.clone(), parts, append, epoch)),
            directory: Arc::new(SqliteDirectory::new(directory_state, context.reads.clone())),
            blobs: Arc::new(SqliteBlobs::new(context.reads.clone())),
            inbox: Arc::new(inbox),
            outbox: Arc::new(outbox),
            process: Arc::new(process),
            idempotency: Arc::new(idempotency),
            purge_commands: PurgeCommands::new(purge),
            context,
            #[cfg(test)]
            wakers,
        };
        let (reads, stop) = (database.context.reads.clone(), tasks.stop().clone());
        let writing = async move {
            let connection = queue.run(connection, clock, stop).await;
            close(reads, connection).await;
        };
        tasks
            .spawn_on_own_thread("log-writer", writing)
            .map_err(|error| OpenError::File { path, error })?;
        Ok(database)
    }
}

/// Closes all connections, the writer last: it is the one that can put the rest of the WAL into the file.
/// Whoever stops the server finds the folder at rest, not files that a thread still writes.
async fn close(reads: SqlitePool, writer: SqliteConnection) {
    reads.close().await;
    if let Err(error) = writer.close().await {
        tracing::warn!(%error, "the log's file was not closed in order; the next start repairs it");
    }
}

/// The files are the owner's alone; `-wal` and `-shm` take the mode of the file.
fn create_private(directory: &Path, path: &Path) -> Result<(), OpenError> {
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

/// FULL: a webhook that was acknowledged is on disk. Deleted keys and bodies are overwritten with zeros.
pub(in crate::database) fn write_options(path: &Path) -> SqliteConnectOptions {
    base_options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", WRITE_CACHE_KIB)
        .pragma("secure_delete", "on")
}

async fn read_pool(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .max_connections(READ_CONNECTIONS)
        .min_connections(1)
        .connect_with(base_options(path).read_only(true))
        .await
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
