//! The file `read.db`: opening it, and making, switching and dropping builds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use uuid::Uuid;

use super::batch::Slot;
use super::{Build, Projection, ProjectionError};
use crate::statements;

const READERS: u32 = 4;
const BUSY: Duration = Duration::from_secs(5);

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(BUSY)
}

/// Opens the writer. A file of another log, or one ahead of it, is made anew: nothing in it is the truth.
pub(super) async fn open_writer(
    path: &Path,
    epoch: Uuid,
    head: u64,
) -> Result<SqliteConnection, ProjectionError> {
    let mut connection = connect(path).await?;
    let foreign: i64 = sqlx::query_scalar(statements::COUNT_FOREIGN)
        .bind(epoch.to_string())
        .bind(head.cast_signed())
        .fetch_one(&mut connection)
        .await?;
    if foreign == 0 {
        return Ok(connection);
    }
    tracing::warn!("the read models belong to another state of the log and are built anew");
    connection.close().await?;
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    connect(path).await
}

async fn connect(path: &Path) -> Result<SqliteConnection, ProjectionError> {
    let mut connection =
        SqliteConnection::connect_with(&options(path).create_if_missing(true)).await?;
    sqlx::raw_sql(statements::MIGRATIONS.0)
        .execute(&mut connection)
        .await?;
    Ok(connection)
}

/// Opens the readers.
pub(super) async fn open_readers(path: &Path) -> Result<SqlitePool, ProjectionError> {
    let pool = SqlitePoolOptions::new().max_connections(READERS);
    Ok(pool.connect_with(options(path).read_only(true)).await?)
}

/// The live build of a projection as stored, or a first one. `None`: the live build is of another
/// version, so it stays as it is until a new one has been built.
pub(super) async fn live_slot(
    connection: &mut SqliteConnection,
    projection: &Arc<dyn Projection>,
    epoch: Uuid,
) -> Result<Option<Slot>, ProjectionError> {
    let leftovers: Vec<i64> = sqlx::query_scalar(statements::BUILDS_BUILDING)
        .bind(projection.name())
        .fetch_all(&mut *connection)
        .await?;
    for build in leftovers {
        let build = to_build(build)?;
        let mut transaction = connection.begin().await?;
        drop_build(&mut transaction, projection.as_ref(), build).await?;
        transaction.commit().await?;
    }
    let live: Option<(i64, i64, i64)> = sqlx::query_as(statements::BUILD_LIVE)
        .bind(projection.name())
        .fetch_optional(&mut *connection)
        .await?;
    let Some((build, version, position)) = live else {
        let mut transaction = connection.begin().await?;
        let slot = create_build(&mut transaction, projection, Build(1), epoch).await?;
        show(&mut transaction, &slot).await?;
        transaction.commit().await?;
        return Ok(Some(slot));
    };
    if version != i64::from(projection.version()) {
        return Ok(None);
    }
    let mut slot = Slot::new(Arc::clone(projection), to_build(build)?);
    slot.position = position.cast_unsigned();
    slot.parked = sqlx::query_scalar(statements::FAILURES)
        .bind(projection.name())
        .bind(build)
        .fetch_all(connection)
        .await?
        .into_iter()
        .collect();
    Ok(Some(slot))
}

fn to_build(build: i64) -> Result<Build, ProjectionError> {
    u32::try_from(build)
        .map(Build)
        .map_err(|_| ProjectionError::Unreadable("build"))
}

/// The number of the next build.
pub(super) async fn next_build(
    connection: &mut SqliteConnection,
    projection: &dyn Projection,
) -> Result<Build, ProjectionError> {
    let last: i64 = sqlx::query_scalar(statements::BUILD_LAST)
        .bind(projection.name())
        .fetch_one(connection)
        .await?;
    to_build(last + 1)
}

/// Makes the empty tables of a build.
pub(super) async fn create_build(
    transaction: &mut SqliteConnection,
    projection: &Arc<dyn Projection>,
    build: Build,
    epoch: Uuid,
) -> Result<Slot, ProjectionError> {
    for table in projection.tables() {
        sqlx::raw_sql(AssertSqlSafe(build.sql(table.create)))
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(statements::BUILD_ADD)
        .bind(projection.name())
        .bind(i64::from(build.0))
        .bind(i64::from(projection.version()))
        .bind(epoch.to_string())
        .execute(transaction)
        .await?;
    Ok(Slot::new(Arc::clone(projection), build))
}

/// Points the views at a build and says that it is live.
pub(super) async fn show(
    transaction: &mut SqliteConnection,
    slot: &Slot,
) -> Result<(), ProjectionError> {
    for table in slot.projection.tables() {
        sqlx::raw_sql(table.hide).execute(&mut *transaction).await?;
        sqlx::raw_sql(AssertSqlSafe(slot.build.sql(table.show)))
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(statements::BUILD_SHOW)
        .bind(slot.projection.name())
        .bind(i64::from(slot.build.0))
        .execute(transaction)
        .await?;
    Ok(())
}

/// Drops the live build that another one replaces.
pub(super) async fn drop_live(
    transaction: &mut SqliteConnection,
    projection: &dyn Projection,
) -> Result<(), ProjectionError> {
    let live: Option<(i64, i64, i64)> = sqlx::query_as(statements::BUILD_LIVE)
        .bind(projection.name())
        .fetch_optional(&mut *transaction)
        .await?;
    if let Some((build, ..)) = live {
        for table in projection.tables() {
            sqlx::raw_sql(table.hide).execute(&mut *transaction).await?;
        }
        drop_build(transaction, projection, to_build(build)?).await?;
    }
    Ok(())
}

/// Drops the tables of a build and everything that is said of it.
pub(super) async fn drop_build(
    transaction: &mut SqliteConnection,
    projection: &dyn Projection,
    build: Build,
) -> Result<(), ProjectionError> {
    for table in projection.tables() {
        sqlx::raw_sql(AssertSqlSafe(build.sql(table.drop)))
            .execute(&mut *transaction)
            .await?;
    }
    for statement in [statements::BUILD_FORGET, statements::FAILURES_FORGET] {
        sqlx::query(statement)
            .bind(projection.name())
            .bind(i64::from(build.0))
            .execute(&mut *transaction)
            .await?;
    }
    Ok(())
}
