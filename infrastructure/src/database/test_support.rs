//! A real database in a temporary folder with its write queue running, and a clock that tests move.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use application::ports::clock::Clock;
use application::ports::idempotency::IdempotencyKeys;
use application::ports::inbox::Inbox;
use application::ports::outbox::Outbox;
use application::ports::process_store::ProcessStore;
use application::tasks::Tasks;
use domain::time::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;

use super::context::AdapterContext;
use super::open::{Database, OpenOptions};
use super::wakers::Wakers;
use crate::keys::Keyring;
use crate::system::SystemIds;

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

/// A database in a folder of its own.
pub(crate) struct TestDatabase {
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) process: Arc<dyn ProcessStore>,
    pub(crate) idempotency: Arc<dyn IdempotencyKeys>,
    pub(crate) context: AdapterContext,
    pub(crate) wakers: Arc<Wakers>,
    pub(crate) clock: Arc<TestClock>,
    folder: TempDir,
    tasks: Tasks,
}

impl TestDatabase {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let keyring = Arc::new(Keyring::random().expect("keyring"));
        Self::start(
            folder,
            keyring,
            Arc::new(TestClock(AtomicI64::new(NOON * 1_000_000))),
        )
        .await
    }

    async fn start(folder: TempDir, keyring: Arc<Keyring>, clock: Arc<TestClock>) -> Self {
        let tasks = Tasks::default();
        let options = OpenOptions {
            data_dir: folder.path().to_owned(),
            keyring,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(SystemIds),
        };
        let database = Database::open(options, &tasks).await.expect("database");
        Self {
            inbox: database.inbox,
            outbox: database.outbox,
            process: database.process,
            idempotency: database.idempotency,
            context: database.context,
            wakers: database.wakers,
            clock,
            folder,
            tasks,
        }
    }

    /// The same files opened anew, as after a stop of the process.
    pub(crate) async fn restarted(self) -> Self {
        assert!(
            self.tasks.shut_down(Duration::from_secs(10)).await,
            "the queue ended"
        );
        self.context.reads.close().await;
        Self::start(self.folder, self.context.keyring, self.clock).await
    }

    /// A write connection beside the queue's: a test runs row operations on it as the append does.
    pub(crate) async fn writer(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.folder.path().join("log.db"))
            .busy_timeout(Duration::from_secs(10))
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
        sqlx::query_scalar(statement)
            .fetch_one(&self.context.reads)
            .await
            .expect("count")
    }
}
