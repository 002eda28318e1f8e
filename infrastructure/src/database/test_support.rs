//! A real database with its write queues running, on either engine, and a clock that tests move.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use application::ports::clock::Clock;
use application::ports::event_log::{
    Commit, CommitError, EventLog as _, Metadata, NewEvent, StreamId,
};
use application::ports::idempotency::IdempotencyKeys;
use application::ports::inbox::Inbox;
use application::ports::outbox::Outbox;
use application::ports::process_store::ProcessStore;
use application::ports::row_op::RowOp;
use application::tasks::Tasks;
use domain::any_event::aggregate_type;
use domain::api_token::ApiTokenEvent;
use domain::ids::CommandId;
use domain::time::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

use super::blobs::BlobStore;
use super::context::AdapterContext;
use super::db::{Server, query_text};
use super::directory::StoredDirectory;
use super::log::Log;
use super::open::{Database, Location, OpenOptions};
use crate::keys::Keyring;
use crate::system::SystemIds;

#[expect(
    unreachable_pub,
    dead_code,
    reason = "the file belongs to the package `tests`, which cannot be a dependency of this one"
)]
#[path = "../../../tests/src/private_postgres.rs"]
mod private_postgres;

use private_postgres::PrivatePostgres;

/// 2026-11-22T12:00:00Z.
const NOON: i64 = 1_795_348_800;

/// Each rule as a test on SQLite and as one on PostgreSQL.
macro_rules! on_both {
    ($($rule:ident),* $(,)?) => {
        mod sqlite {
            use crate::database::test_support::TestDatabase;

            $(#[tokio::test]
            async fn $rule() {
                super::$rule(TestDatabase::new().await).await;
            })*
        }

        mod postgres {
            use crate::database::test_support::TestDatabase;

            $(#[tokio::test]
            async fn $rule() {
                if let Some(database) = TestDatabase::postgres().await {
                    super::$rule(database).await;
                }
            })*
        }
    };
}

pub(crate) use on_both;

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    fn at_noon() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(NOON * 1_000_000)))
    }

    pub(crate) fn move_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// Where a test's database lies; dropped with it.
enum Home {
    Folder(TempDir),
    Server(PrivatePostgres),
}

impl Home {
    fn location(&self) -> Location {
        match self {
            Self::Folder(folder) => Location::Folder(folder.path().to_owned()),
            Self::Server(server) => {
                let server = Server::parse(&server.url("postgres")).expect("url");
                Location::ServerWithClock(server)
            }
        }
    }
}

/// A database of its own.
pub(crate) struct TestDatabase {
    pub(crate) log: Arc<Log>,
    pub(crate) directory: Arc<StoredDirectory>,
    pub(crate) blobs: Arc<BlobStore>,
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) process: Arc<dyn ProcessStore>,
    pub(crate) idempotency: Arc<dyn IdempotencyKeys>,
    pub(crate) context: AdapterContext,
    pub(crate) clock: Arc<TestClock>,
    streams: AtomicU64,
    home: Home,
    tasks: Tasks,
}

impl TestDatabase {
    /// In SQLite.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let keyring = Arc::new(Keyring::random().expect("keyring"));
        Self::start(Home::Folder(folder), keyring, TestClock::at_noon(), 0).await
    }

    /// On a PostgreSQL server of its own, if that is installed.
    pub(crate) async fn postgres() -> Option<Self> {
        let server = PrivatePostgres::start().expect("PostgreSQL starts")?;
        let keyring = Arc::new(Keyring::random().expect("keyring"));
        Some(Self::start(Home::Server(server), keyring, TestClock::at_noon(), 0).await)
    }

    async fn start(home: Home, keyring: Arc<Keyring>, clock: Arc<TestClock>, streams: u64) -> Self {
        let tasks = Tasks::default();
        let options = OpenOptions {
            location: home.location(),
            keyring,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(SystemIds),
        };
        let database = Database::open(options, &tasks).await.expect("database");
        Self {
            log: database.log,
            directory: database.directory,
            blobs: database.blobs,
            inbox: database.inbox,
            outbox: database.outbox,
            process: database.process,
            idempotency: database.idempotency,
            context: database.context,
            clock,
            streams: AtomicU64::new(streams),
            home,
            tasks,
        }
    }

    /// The same data opened anew, as after a stop of the process.
    pub(crate) async fn restarted(self) -> Self {
        assert!(
            self.tasks.shut_down(Duration::from_secs(10)).await,
            "the queues ended"
        );
        self.context.reads.close().await;
        let streams = self.streams.into_inner();
        Self::start(self.home, self.context.keyring, self.clock, streams).await
    }

    /// Appends row operations with two events of a stream that nothing else uses; the position of the first.
    pub(crate) async fn append(&self, row_ops: &[RowOp]) -> Result<u64, &'static str> {
        let stream = u128::from(self.streams.fetch_add(1, Ordering::Relaxed)) + 0x7e57_0000;
        let event = NewEvent {
            event_type: "ApiTokenRevoked".to_owned(),
            event_version: "1".to_owned(),
            data: ApiTokenEvent::Revoked {
                at: Timestamp::default(),
            }
            .into(),
        };
        let commit = Commit {
            stream: StreamId {
                aggregate_type: aggregate_type::API_TOKEN,
                id: Uuid::from_u128(stream),
            },
            expected_version: 0,
            command_id: CommandId::new(Uuid::from_u128(stream)),
            remember: false,
            events: vec![event.clone(), event],
            metadata: Metadata::default(),
            subject: None,
            lane: 0,
            row_ops: row_ops.to_vec(),
        };
        match self.log.append(commit).await {
            Ok(committed) => Ok(committed.position - 1),
            Err(CommitError::Precondition(name)) => Err(name),
            Err(other) => panic!("not appended: {other}"),
        }
    }

    /// As [`Self::append`], where the position does not matter.
    pub(crate) async fn commit(&self, row_ops: &[RowOp]) -> Result<(), &'static str> {
        self.append(row_ops).await.map(drop)
    }

    /// Every file of the database (SQLite).
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let Home::Folder(folder) = &self.home else {
            return Vec::new();
        };
        std::fs::read_dir(folder.path())
            .expect("folder")
            .map(|entry| entry.expect("entry").path())
            .collect()
    }

    /// One number that a statement counts.
    pub(crate) async fn count(&self, statement: &'static str) -> i64 {
        query_text("count", statement.to_owned())
            .fetch_one(&self.context.reads)
            .await
            .expect("count")
    }
}
