//! A log on PostgreSQL: version, migrations under a lock, connections.

use std::sync::Arc;
use std::time::Duration;

use application::ports::clock::Clock;
use application::tasks::Tasks;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;

use super::{Database, Loaded, Location, OpenError, OpenOptions};
use crate::database::db::{Connection, Driver, Server, Statement, query};
use crate::database::leases::{LeaseChanges, StoredLeases};
use crate::database::log::{Appender, Committers, LogServer};
use crate::database::server_clock::ServerClock;
use crate::database::write_queue::{Queues, TransactionTime, WriteConnection, WriteQueue};

/// The migrations of a log on PostgreSQL.
pub static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

const OLDEST_POSTGRES: i64 = 140_000;
const READ_CONNECTIONS: u32 = 8;
/// How long a reader waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

const VERSION: Statement = Statement::for_postgres(
    "server_version",
    "select current_setting('server_version_num')::bigint, current_setting('server_version'), \
       (extract(epoch from clock_timestamp()) * 1000000)::bigint",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[VERSION];

/// Brings the tables to this version. The driver holds a lock meanwhile, so that of nodes that start
/// together one does it and the others wait.
///
/// # Errors
/// [`OpenError`].
pub async fn migrate(server: &Server) -> Result<(), OpenError> {
    let mut connection = server.connect().await?;
    run_migrations(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// As [`migrate`], on a connection of either database.
pub(crate) async fn run_migrations(connection: &mut Connection) -> Result<(), OpenError> {
    match connection.driver() {
        // Not `run`: what that one takes a connection by cannot be awaited in a spawned task.
        Driver::Postgres(connection) => MIGRATIONS.run_direct(None, connection, false).await?,
        Driver::Sqlite(connection) => {
            super::MIGRATIONS
                .run_direct(None, connection, false)
                .await?;
        }
    }
    Ok(())
}

/// Opens the log of a server.
pub(super) async fn open(
    server: &Server,
    options: OpenOptions,
    tasks: &Tasks,
) -> Result<Database, OpenError> {
    let mut connection = server.connect().await?;
    let server_micros = check_version(&mut connection).await?;
    run_migrations(&mut connection).await?;
    let pool = PgPoolOptions::new()
        .max_connections(READ_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT);
    let reads = server.by_keys().pool(pool);
    let own = Arc::clone(&options.clock);
    let (clock, time): (Arc<dyn Clock>, _) = match options.location {
        Location::ServerWithClock(_) => (Arc::clone(&own), TransactionTime::Process(own)),
        Location::Server(_) | Location::Folder(_) => {
            let clock = Arc::new(ServerClock::new(own));
            clock.observe(server_micros);
            (Arc::clone(&clock) as _, TransactionTime::Server(clock))
        }
    };
    let loaded = Loaded::read(&mut connection, reads, options, clock).await?;
    connection.close().await?;
    let server = &server.impatient().by_keys();
    let lease_changes = Arc::new(LeaseChanges::default());
    let (leases, keeper) = StoredLeases::new(
        &loaded.context,
        server,
        Arc::clone(&loaded.directory),
        Arc::clone(&lease_changes),
    );
    let log_server = LogServer {
        server: server.clone(),
        time: time.clone(),
        freeze: Arc::clone(&loaded.freeze),
        lease_changes,
    };
    let (mut accepting, mut working) = (WriteQueue::default(), WriteQueue::default());
    let mut queues = Queues::Two {
        accepting: &mut accepting,
        working: &mut working,
    };
    let database = loaded.assemble(&mut queues, Arc::new(leases), |loaded, _| {
        let committers = Committers::start(&log_server, &loaded.parts, &loaded.context, tasks);
        Appender::Postgres(committers)
    });
    let write = |queue: WriteQueue| {
        let connection = WriteConnection::to_server(server.clone());
        queue.run(connection, time.clone(), tasks.stop().clone())
    };
    let (accepted, worked) = (write(accepting), write(working));
    let reads = database.context.reads.clone();
    // What is not closed in order is ended by the server.
    tasks.spawn(async move { drop(accepted.await.close().await) });
    tasks.spawn(keeper.run(tasks.stop().clone()));
    tasks.spawn(async move {
        drop(worked.await.close().await);
        reads.close().await;
    });
    Ok(database)
}

/// Refuses an old server; answers with its clock.
pub(crate) async fn check_version(connection: &mut Connection) -> Result<i64, OpenError> {
    let (number, found, micros): (i64, String, i64) = query(VERSION).fetch_one(connection).await?;
    if number < OLDEST_POSTGRES {
        return Err(OpenError::OldPostgres { found });
    }
    Ok(micros)
}
