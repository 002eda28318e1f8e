//! A look at a log on PostgreSQL, served or not; changes nothing.

use super::{OpenError, POSTGRES_MIGRATIONS};
use crate::database::db::{Connection, Server, Statement, query};
use crate::database::meta;
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

const HAS_KEYS: Statement =
    Statement::portable("server_has_keys", "select count(*) > 0 from log_meta");

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[SERVER, MIGRATED, HAS_KEYS];

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
    /// Keys of `keyring` that are not those the log was written with.
    pub wrong_keys: Vec<&'static str>,
}

/// Looks at the log of a server.
///
/// # Errors
/// The server does not answer or refuses.
pub async fn look(server: &Server, keyring: &Keyring) -> Result<ServerLog, OpenError> {
    let mut connection = server.connect().await?;
    let seen = read(&mut connection, keyring).await?;
    connection.close().await?;
    Ok(seen)
}

async fn read(connection: &mut Connection, keyring: &Keyring) -> Result<ServerLog, OpenError> {
    let (server_version, bytes, has_tables): (String, i64, bool) =
        query(SERVER).fetch_one(&mut *connection).await?;
    let (version, wrong_keys) = if has_tables {
        let version = query(MIGRATED).fetch_one(&mut *connection).await?;
        let has_keys: bool = query(HAS_KEYS).fetch_one(&mut *connection).await?;
        let wrong = if has_keys {
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
        wrong_keys,
    })
}
