//! A look at a log on PostgreSQL, served or not; changes nothing.

use application::ports::clock::Clock;
use domain::time::Timestamp;

use super::{OpenError, POSTGRES_MIGRATIONS, Refusal};
use crate::database::db::{Connection, Server, Statement, query};
use crate::database::{marks, meta};
use crate::keys::Keyring;

const SERVER: Statement = Statement::for_postgres(
    "server_look",
    "select current_setting('server_version'), pg_database_size(current_database()), \
       to_regclass('_sqlx_migrations') is not null",
);
const MIGRATED: Statement = Statement::portable(
    "server_migrated",
    "select coalesce(max(version), 0) from _sqlx_migrations",
);

const STATE: Statement = Statement::for_postgres(
    "server_state",
    "select current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on', \
       current_setting('synchronous_commit'), \
       (select coalesce(sum(numbackends), 0)::bigint from pg_stat_database), \
       current_setting('max_connections')::bigint \
         - current_setting('superuser_reserved_connections')::bigint",
);
const NOW: Statement = Statement::for_postgres(
    "server_now",
    "select (extract(epoch from clock_timestamp()) * 1000000)::bigint",
);

const HAS_KEYS: Statement =
    Statement::portable("server_has_keys", "select count(*) > 0 from log_meta");

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[SERVER, MIGRATED, STATE, NOW, HAS_KEYS];

/// What a server says of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerLog {
    /// Of PostgreSQL.
    pub server_version: String,
    /// Of its tables; `None`: there are none yet.
    pub version: Option<i64>,
    /// Of the tables this program knows.
    pub newest: i64,
    /// Size of the database.
    pub bytes: u64,
    /// How the server is set and used.
    pub state: ServerState,
    /// Why it must not be served as it lies there.
    pub refusal: Option<Refusal>,
    /// Keys of `keyring` that are not those the log was written with.
    pub wrong_keys: Vec<&'static str>,
}

/// How a server is set and used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerState {
    /// What is committed reaches the disk.
    pub fsync: bool,
    /// A page that was half written is repaired.
    pub full_page_writes: bool,
    /// What a commit waits for.
    pub synchronous_commit: String,
    /// Connections of all kinds, this one included.
    pub connections: u64,
    /// How many there may be.
    pub max_connections: u64,
    /// By how much its clock is ahead of this machine's.
    pub clock_ahead_micros: i64,
}

/// Looks at the log of a server.
///
/// # Errors
/// The server does not answer or refuses.
pub async fn look(
    server: &Server,
    keyring: &Keyring,
    clock: &dyn Clock,
) -> Result<ServerLog, OpenError> {
    let mut connection = server.connect().await?;
    let seen = read(&mut connection, keyring, clock).await?;
    connection.close().await?;
    Ok(seen)
}

async fn state(connection: &mut Connection, clock: &dyn Clock) -> Result<ServerState, sqlx::Error> {
    let (fsync, full_page_writes, synchronous_commit, connections, most): (_, _, _, i64, i64) =
        query(STATE).fetch_one(&mut *connection).await?;
    let asked = clock.now();
    let there: i64 = query(NOW).fetch_one(connection).await?;
    let answered = clock.now();
    // Its clock was read at about the middle of the way there and back.
    let half = answered.micros_since(asked) / 2;
    let there = Timestamp::from_micros(there);
    Ok(ServerState {
        fsync,
        full_page_writes,
        synchronous_commit,
        connections: connections.unsigned_abs(),
        max_connections: most.unsigned_abs(),
        clock_ahead_micros: there.micros_since(asked) - half,
    })
}

async fn read(
    connection: &mut Connection,
    keyring: &Keyring,
    clock: &dyn Clock,
) -> Result<ServerLog, OpenError> {
    let (server_version, bytes, has_tables): (String, i64, bool) =
        query(SERVER).fetch_one(&mut *connection).await?;
    let state = state(connection, clock).await?;
    let mut refusal = None;
    let (version, wrong_keys) = if has_tables {
        let version = query(MIGRATED).fetch_one(&mut *connection).await?;
        let has_keys: bool = query(HAS_KEYS).fetch_one(&mut *connection).await?;
        let wrong = if has_keys {
            refusal = marks::look(connection).await?;
            meta::wrong_keys(connection, keyring).await?
        } else {
            Vec::new()
        };
        (Some(version), wrong)
    } else {
        (None, Vec::new())
    };
    let newest = POSTGRES_MIGRATIONS.iter().map(|one| one.version).max();
    Ok(ServerLog {
        server_version,
        version,
        newest: newest.unwrap_or_default(),
        bytes: bytes.unsigned_abs(),
        state,
        refusal,
        wrong_keys,
    })
}
