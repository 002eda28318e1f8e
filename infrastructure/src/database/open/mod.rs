//! Opening the database: version, migrations, keys, connections, write queues.

mod error;
mod look;
mod postgres;
mod sqlite;

use std::path::PathBuf;
use std::sync::Arc;

use application::ports::clock::{Clock, IdGenerator};
use application::ports::idempotency::IdempotencyKeys;
use application::ports::inbox::Inbox;
use application::ports::leases::Leases;
use application::ports::outbox::Outbox;
use application::ports::process_store::ProcessStore;
use application::ports::published_marks::PublishedMarks;
use application::tasks::Tasks;
use uuid::Uuid;

pub use error::{OpenError, Refusal, RefusalKind};
pub(crate) use look::STATEMENTS as LOOK_STATEMENTS;
pub use look::{ServerLog, ServerState, look};
pub use postgres::{MIGRATIONS as POSTGRES_MIGRATIONS, migrate};
pub(crate) use postgres::{STATEMENTS as POSTGRES_STATEMENTS, check_version, run_migrations};
pub use sqlite::MIGRATIONS;
pub(crate) use sqlite::{FILE, create_private, write_options};

use super::blobs::BlobStore;
use super::context::AdapterContext;
use super::db::{Connection, Pool, Server};
use super::directory::{self, DirectoryState, StoredDirectory};
use super::idempotency::IdempotencyRows;
use super::inbox::{self, InboxStore};
use super::log::{Appender, Log, LogParts, Purge, PurgeCommands};
use super::meta;
use super::outbox::OutboxStore;
use super::process_store::ProcessRows;
use super::published_marks::PublishedRows;
use super::restored::FreezeState;
use super::subject_keys::SubjectKeys;
use super::wakers::Wakers;
use super::write_queue::Queues;
use crate::keys::Keyring;

const PURGE_LANE: usize = 4;

/// Where a log is kept.
#[derive(Clone, Debug)]
pub enum Location {
    /// SQLite: `log.db` in this folder.
    Folder(PathBuf),
    /// PostgreSQL, whose clock times every transaction.
    Server(Server),
    /// PostgreSQL with a clock that is given, as tests have it.
    ServerWithClock(Server),
}

/// What the database is opened with.
#[derive(Debug)]
pub struct OpenOptions {
    /// Where the log is kept.
    pub location: Location,
    /// The keys of the installation.
    pub keyring: Arc<Keyring>,
    /// Gives each transaction of SQLite its time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}

/// The opened database with its adapters.
#[derive(Debug)]
pub struct Database {
    /// The event log.
    pub log: Arc<Log>,
    /// Numbers, bots, tokens.
    pub directory: Arc<StoredDirectory>,
    /// Blobs.
    pub blobs: Arc<BlobStore>,
    /// Deliveries and their items.
    pub inbox: Arc<dyn Inbox>,
    /// Messages to be sent.
    pub outbox: Arc<dyn Outbox>,
    /// Rows of the process manager.
    pub process: Arc<dyn ProcessStore>,
    /// What this node does of all work.
    pub leases: Arc<dyn Leases>,
    /// Idempotency keys of clients.
    pub idempotency: Arc<dyn IdempotencyKeys>,
    /// How far the log was published.
    pub published: Arc<dyn PublishedMarks>,
    /// Forgets old commands.
    pub purge_commands: PurgeCommands,
    /// For adapters that only read.
    pub context: AdapterContext,
}

impl Database {
    /// Opens the log, made or brought to this version if need be, and runs its write queues on `tasks`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(options: OpenOptions, tasks: &Tasks) -> Result<Self, OpenError> {
        match &options.location {
            Location::Folder(folder) => sqlite::open(&folder.clone(), options, tasks).await,
            Location::Server(server) => postgres::open(&server.clone(), options, tasks).await,
            Location::ServerWithClock(server) => {
                postgres::open(&server.clone(), options, tasks).await
            }
        }
    }
}

/// What is read before anything can be written.
struct Loaded {
    context: AdapterContext,
    epoch: Uuid,
    freeze: Arc<FreezeState>,
    directory: Arc<DirectoryState>,
    wakers: Arc<Wakers>,
    parts: LogParts,
}

impl Loaded {
    async fn read(
        connection: &mut Connection,
        reads: Pool,
        options: OpenOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let OpenOptions { keyring, ids, .. } = options;
        let epoch = meta::open(connection, &keyring, ids.as_ref()).await?;
        let freeze = FreezeState::load(connection).await?;
        let subject_keys = Arc::new(SubjectKeys::new(reads.clone(), Arc::clone(&keyring)));
        let directory = directory::load(connection, &keyring).await?;
        let wakers = Arc::new(Wakers::new(inbox::last_item(connection).await?));
        let context = AdapterContext {
            reads,
            keyring,
            subject_keys,
            clock,
            ids,
        };
        let state = (Arc::clone(&directory), Arc::clone(&wakers));
        let parts = LogParts::open(connection, &context, state.0, state.1).await?;
        Ok(Self {
            context,
            epoch,
            freeze,
            directory,
            wakers,
            parts,
        })
    }

    /// The adapters on their queues. Lanes in the order in which their jobs run within a transaction: what
    /// `appender` adds comes after the inbox.
    fn assemble(
        self,
        queues: &mut Queues<'_>,
        leases: Arc<dyn Leases>,
        appender: impl FnOnce(&Self, &mut Queues<'_>) -> Appender,
    ) -> Database {
        let inbox = InboxStore::new(&self.context, queues, &self.wakers);
        let appender = appender(&self, queues);
        let Self {
            context,
            epoch,
            freeze,
            directory,
            wakers,
            parts,
        } = self;
        let queue = queues.working();
        let outbox = OutboxStore::new(&context, queue, &wakers, freeze);
        let process = ProcessRows::new(&context, queue);
        let idempotency = IdempotencyRows::new(queue);
        let published = PublishedRows::new(&context, queue);
        let purge = queue.lane(Purge, PURGE_LANE);
        Database {
            log: Arc::new(Log::new(context.clone(), parts, appender, epoch)),
            directory: Arc::new(StoredDirectory::new(directory, context.reads.clone())),
            blobs: Arc::new(BlobStore::new(context.reads.clone())),
            inbox: Arc::new(inbox),
            outbox: Arc::new(outbox),
            process: Arc::new(process),
            leases,
            idempotency: Arc::new(idempotency),
            published: Arc::new(published),
            purge_commands: PurgeCommands::new(purge),
            context,
        }
    }
}
