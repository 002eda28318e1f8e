//! A real database in a temporary folder with its write queue running, and a clock that tests move.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use application::ports::clock::{Clock, IdGenerator};
use application::tasks::Tasks;
use domain::time::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{ConnectOptions, SqliteConnection};
use uuid::Uuid;

use super::context::AdapterContext;
use super::idempotency::SqliteIdempotencyKeys;
use super::inbox::SqliteInbox;
use super::inbox::sql::LAST_ITEM;
use super::outbox::SqliteOutbox;
use super::process_store::SqliteProcessStore;
use super::subject_keys::SubjectKeys;
use super::wakers::Wakers;
use super::write_queue::WriteQueue;
use crate::keys::Keyring;

/// 2026-11-22T12:00:00Z.
const NOON: i64 = 1_795_348_800;

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn move_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

#[derive(Debug, Default)]
struct TestIds(AtomicI64);

impl IdGenerator for TestIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).unsigned_abs().into())
    }
}

/// The adapters on one database file.
pub(crate) struct TestDatabase {
    pub(crate) inbox: Arc<SqliteInbox>,
    pub(crate) outbox: SqliteOutbox,
    pub(crate) process: SqliteProcessStore,
    pub(crate) idempotency: SqliteIdempotencyKeys,
    pub(crate) context: AdapterContext,
    pub(crate) wakers: Arc<Wakers>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) folder: Arc<tempfile::TempDir>,
    tasks: Tasks,
}

fn options(folder: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.join("log.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
}

impl TestDatabase {
    pub(crate) async fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("temporary folder"));
        let mut connection = options(folder.path()).connect().await.expect("connection");
        for script in [
            include_str!("../../migrations/sqlite/0001_event_log.sql"),
            include_str!("../../migrations/sqlite/0002_inbox_outbox.sql"),
        ] {
            sqlx::raw_sql(script).execute(&mut connection).await.expect("migration");
        }
        let keyring = Arc::new(Keyring::random().expect("keyring"));
        let clock = Arc::new(TestClock(AtomicI64::new(NOON * 1_000_000)));
        Self::start(folder, keyring, clock, connection).await
    }

    async fn start(
        folder: Arc<tempfile::TempDir>,
        keyring: Arc<Keyring>,
        clock: Arc<TestClock>,
        mut connection: SqliteConnection,
    ) -> Self {
        let reads = SqlitePoolOptions::new()
            .max_connections(2)
            .connect_with(options(folder.path()))
            .await
            .expect("pool");
        let context = AdapterContext {
            subject_keys: Arc::new(SubjectKeys::new(reads.clone(), Arc::clone(&keyring))),
            reads,
            keyring,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(TestIds::default()),
        };
        let last_item: i64 = sqlx::query_scalar(LAST_ITEM.sqlite)
            .fetch_one(&mut connection)
            .await
            .expect("last item");
        let wakers = Arc::new(Wakers::new(last_item));
        let mut queue = WriteQueue::default();
        let inbox = Arc::new(SqliteInbox::new(&context, &mut queue, &wakers));
        let outbox = SqliteOutbox::new(&context, &mut queue, &wakers);
        let process = SqliteProcessStore::new(&context, &mut queue);
        let idempotency = SqliteIdempotencyKeys::new(&mut queue);
        let tasks = Tasks::default();
        tasks.spawn(queue.run(connection, Arc::clone(&context.clock), tasks.stop().clone()));
        Self { inbox, outbox, process, idempotency, context, wakers, clock, folder, tasks }
    }

    /// The same files opened anew, as after a stop of the process.
    pub(crate) async fn restarted(self) -> Self {
        self.tasks.shut_down(std::time::Duration::from_secs(10)).await;
        self.context.reads.close().await;
        let connection = options(self.folder.path()).connect().await.expect("connection");
        Self::start(self.folder, self.context.keyring, self.clock, connection).await
    }

    /// Runs work in a transaction of its own, as the append does with row operations.
    pub(crate) async fn writer(&self) -> SqliteConnection {
        options(self.folder.path())
            .busy_timeout(std::time::Duration::from_secs(10))
            .connect()
            .await
            .expect("connection")
    }

    /// Every file of the database.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.folder.path())
            .expect("folder")
            .map(|entry| entry.expect("entry").path())
            .collect()
    }

    /// One number that a statement counts.
    pub(crate) async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.context.reads).await.expect("count")
    }
}
