//! The log's database as one read snapshot in a file, and what lies in such a file.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};
use uuid::Uuid;

use super::{BackupError, Counts, Progress, Stage};
use crate::database::db::{Connection, Pool, Row, Statement, query};
use crate::database::restored;

/// How often the copy's size is looked at.
const LOOK: Duration = Duration::from_millis(100);
const BUSY: Duration = Duration::from_secs(30);

/// Copies what one read transaction sees. SQLite's own, so it is not in the registry: what PostgreSQL holds is
/// copied row by row (`transfer`).
const VACUUM_INTO: &str = "vacuum into $1";
const USED_BYTES: &str = "select (page_count - freelist_count) * page_size \
     from pragma_page_count, pragma_freelist_count, pragma_page_size";

const HEAD: Statement = Statement::portable(
    "backup_head",
    "select count(*), coalesce(min(position), 0), coalesce(max(position), 0) from events",
);
const COUNTS: Statement = Statement::portable(
    "backup_counts",
    "select (select count(*) from events), (select count(*) from streams), \
            (select count(*) from blobs), (select count(*) from subject_keys), \
            (select count(*) from secrets), \
            (select count(*) from inbox_items where state < 2), \
            (select count(*) from outbox where settled_at is null)",
);
/// Streams whose events are not 1 to their version, and events that belong to no stream.
pub(super) const BROKEN_STREAMS: Statement = Statement::portable(
    "backup_broken_streams",
    "select (select count(*) from ( \
         select s.version, count(e.position) as events, max(e.sequence) as last \
         from streams s left join events e \
           on e.aggregate_type = s.aggregate_type and e.aggregate_id = s.aggregate_id \
         group by s.aggregate_type, s.aggregate_id, s.version) t \
       where events <> version or last is null or last <> version) \
     + (select count(*) from events e left join streams s \
         on s.aggregate_type = e.aggregate_type and s.aggregate_id = e.aggregate_id \
        where s.version is null)",
);
pub(super) const BLOBS_AFTER: Statement = Statement::portable(
    "backup_blobs_after",
    "select sha256, bytes from blobs where sha256 > $1 order by sha256 limit 50",
);
pub(super) const DAY_KEYS: Statement =
    Statement::portable("backup_day_keys", "select day, wrapped from day_keys");
pub(super) const MIGRATED: Statement = Statement::portable(
    "backup_migrated",
    "select coalesce(max(version), 0) from _sqlx_migrations",
);

/// The statements of backups.
pub(crate) const STATEMENTS: &[Statement] = &[
    HEAD,
    COUNTS,
    BROKEN_STREAMS,
    BLOBS_AFTER,
    DAY_KEYS,
    MIGRATED,
];

/// What a copy of the log says of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) epoch: Uuid,
    pub(super) head: u64,
    /// Positions are 1 to the head.
    pub(super) is_dense: bool,
    pub(super) counts: Counts,
}

/// Copies the log at `source`, served or not, into the new empty file `target`.
pub(super) async fn take(
    source: &Path,
    target: &Path,
    progress: Progress<'_>,
) -> Result<(), BackupError> {
    let mut connection = SqliteConnectOptions::new()
        .filename(source)
        .read_only(true)
        .busy_timeout(BUSY)
        .disable_statement_logging()
        .connect()
        .await?;
    let total: i64 = sqlx::query_scalar(USED_BYTES)
        .fetch_one(&mut connection)
        .await?;
    let total = total.unsigned_abs();
    let to = target.to_string_lossy().into_owned();
    let copied = {
        let copying = sqlx::query(VACUUM_INTO).bind(to).execute(&mut connection);
        let mut copying = std::pin::pin!(copying);
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                copied = &mut copying => break copied,
                _ = look.tick() => {
                    let bytes = std::fs::metadata(target).map_or(0, |file| file.len());
                    progress(Stage::Copying, bytes.min(total), total);
                }
            }
        }
    };
    copied?;
    connection.close().await?;
    progress(Stage::Copying, total, total);
    Ok(())
}

/// A file that nobody writes, without files beside it.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(true)
        .disable_statement_logging()
}

/// A connection to a copy.
pub(super) async fn connect(path: &Path) -> Result<Connection, BackupError> {
    Ok(options(path).connect().await?.into())
}

/// Connections to a copy.
pub(super) async fn pool(path: &Path) -> Result<Pool, BackupError> {
    let pool = SqlitePoolOptions::new().max_connections(2);
    Ok(pool.connect_with(options(path)).await?.into())
}

/// Reads what a copy says of itself.
pub(super) async fn facts(connection: &mut Connection) -> Result<Facts, BackupError> {
    let (events, first, head): (i64, i64, i64) = query(HEAD).fetch_one(&mut *connection).await?;
    let row: Row = query(COUNTS).fetch_one(&mut *connection).await?;
    let count = |column: usize| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    Ok(Facts {
        epoch: restored::epoch(connection).await?,
        head: head.unsigned_abs(),
        is_dense: events == head && first == i64::from(head > 0),
        counts: Counts {
            events: count(0)?,
            streams: count(1)?,
            blobs: count(2)?,
            subject_keys: count(3)?,
            secrets: count(4)?,
            inbox_open: count(5)?,
            outbox_unsettled: count(6)?,
        },
    })
}
