//! Where an installation's log lies, and how a copy takes hold of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use uuid::Uuid;

use super::TransferError;
use crate::database::db::{Connection, Server, Statement, query};
use crate::database::open::{
    self, FILE, MIGRATIONS, POSTGRES_MIGRATIONS, create_private, write_options,
};
use crate::database::write_queue::DURABLE;
use crate::database::{marks, restored};

/// How connections of a copy name themselves, so that they do not count as a server's.
const NAME: &str = "vestnik copy";
/// So long a server that was just stopped may take to close its connections.
const LEAVE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(100);

const HAS_TABLES: Statement = Statement::of(
    "transfer_has_tables",
    "select count(*) > 0 from sqlite_master where name = 'log_meta'",
    "select to_regclass('log_meta') is not null",
);
const VERSION: Statement = Statement::portable(
    "transfer_version",
    "select coalesce(max(version), 0) from _sqlx_migrations",
);
const ROWS: Statement = Statement::portable(
    "transfer_rows",
    "select (select count(*) from log_meta) + (select count(*) from events)",
);
const ALONE: Statement =
    Statement::for_postgres("transfer_alone", "select pg_try_advisory_lock(1999)");

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[HAS_TABLES, VERSION, ROWS, ALONE];

/// Where a log lies.
#[derive(Clone, Debug)]
pub enum Place {
    /// SQLite: `log.db` in this folder. The caller holds the folder's lock.
    Folder(PathBuf),
    /// PostgreSQL.
    Server(Server),
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => write!(formatter, "sqlite:{}", folder.display()),
            Self::Server(server) => server.fmt(formatter),
        }
    }
}

impl Place {
    /// A connection to a log that is there, of this version.
    pub(super) async fn open_source(&self) -> Result<Connection, TransferError> {
        let mut connection = self.open_log().await?;
        let (found, newest) = (tables(&mut connection).await?, newest());
        if found == Some(newest) {
            return Ok(connection);
        }
        let found = found.unwrap_or_default();
        Err(TransferError::Version { found, newest })
    }

    /// A connection to a log that is there, of whatever version.
    pub(super) async fn open_log(&self) -> Result<Connection, TransferError> {
        let mut connection = match self {
            Self::Folder(folder) => {
                let path = folder.join(FILE);
                if !path.is_file() {
                    return Err(self.no_log());
                }
                write_options(&path).connect().await?.into()
            }
            Self::Server(server) => connect(server).await?,
        };
        if tables(&mut connection).await?.is_none() {
            return Err(self.no_log());
        }
        Ok(connection)
    }

    /// The epoch of a log.
    pub(super) async fn epoch(&self, connection: &mut Connection) -> Result<Uuid, TransferError> {
        match restored::epoch(connection).await {
            Err(sqlx::Error::RowNotFound) => Err(self.no_log()),
            epoch => Ok(epoch?),
        }
    }

    /// A connection to a database that may be filled, tables made.
    pub(super) async fn open_target(&self) -> Result<Connection, TransferError> {
        let mut connection = match self {
            Self::Folder(folder) => {
                let path = folder.join(FILE);
                create_private(folder, &path)?;
                write_options(&path).connect().await?.into()
            }
            Self::Server(server) => {
                let mut connection = connect(server).await?;
                open::check_version(&mut connection).await?;
                query(DURABLE).execute(&mut connection).await?;
                connection
            }
        };
        // Tables of an older version that hold something are not changed.
        let found = tables(&mut connection).await?;
        if found.is_some_and(|found| found != newest()) && has_rows(&mut connection).await? {
            return Err(TransferError::NotEmpty {
                place: self.to_string(),
                what: "tables of another version".to_owned(),
            });
        }
        open::run_migrations(&mut connection).await?;
        Ok(connection)
    }

    /// Waits a moment until no server is connected any more.
    pub(super) async fn is_left(&self, connection: &mut Connection) -> Result<(), TransferError> {
        let began = tokio::time::Instant::now();
        loop {
            let connections = marks::servers(connection).await?;
            if connections == 0 {
                return Ok(());
            }
            if began.elapsed() > LEAVE {
                return Err(TransferError::InUse {
                    place: self.to_string(),
                    connections,
                });
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn no_log(&self) -> TransferError {
        TransferError::NoLog {
            place: self.to_string(),
        }
    }
}

/// A connection that names itself, and the lock of the one copy that works on a database.
pub(super) async fn connect(server: &Server) -> Result<Connection, TransferError> {
    let mut connection = server.named(NAME).connect().await?;
    let began = tokio::time::Instant::now();
    // The server takes a moment to notice that one was killed.
    while !query(ALONE).fetch_one::<bool>(&mut connection).await? {
        if began.elapsed() > LEAVE {
            return Err(TransferError::Running);
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(connection)
}

/// A new file that is of use only once it is whole and on disk, which is its maker's affair.
pub(super) async fn draft(path: &Path) -> Result<Connection, TransferError> {
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .disable_statement_logging()
        .connect()
        .await
        .map(Connection::from)?;
    open::run_migrations(&mut connection).await?;
    Ok(connection)
}

/// Version of the newest tables this program knows.
fn newest() -> i64 {
    let of = |migrations: &sqlx::migrate::Migrator| migrations.iter().map(|one| one.version).max();
    of(&MIGRATIONS)
        .max(of(&POSTGRES_MIGRATIONS))
        .unwrap_or_default()
}

/// Version of the tables, if there are any.
async fn tables(connection: &mut Connection) -> Result<Option<i64>, TransferError> {
    let has_tables: bool = query(HAS_TABLES).fetch_one(&mut *connection).await?;
    if !has_tables {
        return Ok(None);
    }
    Ok(Some(query(VERSION).fetch_one(connection).await?))
}

async fn has_rows(connection: &mut Connection) -> Result<bool, TransferError> {
    let rows: i64 = query(ROWS).fetch_one(connection).await?;
    Ok(rows > 0)
}
