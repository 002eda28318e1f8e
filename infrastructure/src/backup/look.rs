//! A look at the databases of a data folder, served or not: whole, and of which version.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::snapshot::MIGRATED;
use crate::database::db::Connection;
use crate::database::marks;
use crate::database::open::{FILE, MIGRATIONS, OpenError, Refusal};

/// SQLite's own, so it is not in the registry: on PostgreSQL the server looks after its files.
const QUICK_CHECK: &str = "pragma quick_check(1)";

/// What a log's file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// What is wrong with it.
    pub fault: Option<String>,
    /// Of its tables.
    pub version: i64,
    /// Of the tables this program knows.
    pub newest: i64,
    /// Size with its write-ahead log.
    pub bytes: u64,
    /// Why it must not be served as it lies there.
    pub refusal: Option<Refusal>,
}

/// Looks at the log of a data folder; changes nothing.
///
/// # Errors
/// It does not open, or is none of ours.
pub async fn look(data_dir: &Path) -> Result<LogFile, OpenError> {
    let path = data_dir.join(FILE);
    let mut connection = open(&path).await?;
    let fault = fault(&mut connection).await?;
    let version: i64 = sqlx::query_scalar(MIGRATED.sqlite)
        .fetch_one(&mut connection)
        .await?;
    let mut connection = Connection::from(connection);
    let refusal = marks::look(&mut connection).await?;
    connection.close().await?;
    let bytes = [path, data_dir.join(format!("{FILE}-wal"))]
        .iter()
        .map(|file| std::fs::metadata(file).map_or(0, |file| file.len()))
        .sum();
    Ok(LogFile {
        fault,
        version,
        newest: MIGRATIONS
            .iter()
            .map(|one| one.version)
            .max()
            .unwrap_or_default(),
        bytes,
        refusal,
    })
}

/// What is wrong with a database's file, if something is.
///
/// # Errors
/// It does not open.
pub async fn quick_check(path: &Path) -> Result<Option<String>, sqlx::Error> {
    let mut connection = open(path).await?;
    let fault = fault(&mut connection).await?;
    connection.close().await?;
    Ok(fault)
}

async fn open(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .disable_statement_logging()
        .connect()
        .await
}

async fn fault(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let said: String = sqlx::query_scalar(QUICK_CHECK)
        .fetch_one(connection)
        .await?;
    Ok((said != "ok").then_some(said))
}
