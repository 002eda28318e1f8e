//! The read side's connections and the conversions every query needs.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::time::Timestamp;
use infrastructure::database::db::{ColumnIndex, Dialect, Pool, Row};
use uuid::Uuid;

use crate::page::CursorEpoch;
use crate::runner::ProjectionError;

/// Asks the live builds of the read models. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reads {
    pool: Pool,
    /// Of the cursors that are given out and taken.
    pub(crate) epoch: CursorEpoch,
    statements: Arc<AtomicU64>,
}

impl Reads {
    pub(crate) fn new(pool: Pool, epoch: Uuid) -> Self {
        Self {
            pool,
            epoch: epoch.into(),
            statements: Arc::default(),
        }
    }

    /// The connections, for one statement.
    pub(crate) fn pool(&self) -> &Pool {
        self.statements.fetch_add(1, Ordering::Relaxed);
        &self.pool
    }

    /// The connections, for what is no query of a read model.
    pub(crate) const fn uncounted(&self) -> &Pool {
        &self.pool
    }

    /// Which database answers.
    pub(crate) fn dialect(&self) -> Dialect {
        self.pool.dialect()
    }

    /// Statements run so far, so that a test can tell that a list asks once, not once a row.
    pub fn statements_run(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }
}

/// An id of any type from its text.
pub(crate) fn id<T: FromStr>(row: &Row, column: &'static str) -> Result<T, ProjectionError> {
    row.try_get::<&str, _>(column)?
        .parse()
        .map_err(|_| ProjectionError::Unreadable(column))
}

/// Ids as the JSON array that `by_ids` statements take.
pub(crate) fn id_list<T: ToString>(ids: &[T]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    serde_json::Value::from(ids).to_string()
}

/// As [`id`], where the column may be null.
pub(crate) fn opt_id<T: FromStr>(
    row: &Row,
    column: &'static str,
) -> Result<Option<T>, ProjectionError> {
    row.try_get::<Option<&str>, _>(column)?
        .map(|text| {
            text.parse()
                .map_err(|_| ProjectionError::Unreadable(column))
        })
        .transpose()
}

/// A time.
pub(crate) fn time<I: ColumnIndex>(row: &Row, column: I) -> Result<Timestamp, ProjectionError> {
    Ok(Timestamp::from_micros(row.try_get(column)?))
}

/// A time that may be null.
pub(crate) fn opt_time<I: ColumnIndex>(
    row: &Row,
    column: I,
) -> Result<Option<Timestamp>, ProjectionError> {
    Ok(row
        .try_get::<Option<i64>, _>(column)?
        .map(Timestamp::from_micros))
}

/// A JSON column.
pub(crate) fn json<T: serde::de::DeserializeOwned>(
    row: &Row,
    column: &'static str,
) -> Result<T, ProjectionError> {
    serde_json::from_str(row.try_get(column)?).map_err(|_| ProjectionError::Unreadable(column))
}

/// A JSON column that may be null.
pub(crate) fn opt_json<T: serde::de::DeserializeOwned>(
    row: &Row,
    column: &'static str,
) -> Result<Option<T>, ProjectionError> {
    row.try_get::<Option<&str>, _>(column)?
        .map(|text| serde_json::from_str(text).map_err(|_| ProjectionError::Unreadable(column)))
        .transpose()
}

/// A number column as another integer type.
pub(crate) fn int<T: TryFrom<i64>>(row: &Row, column: &'static str) -> Result<T, ProjectionError> {
    T::try_from(row.try_get::<i64, _>(column)?).map_err(|_| ProjectionError::Unreadable(column))
}
