//! A row of either database.

use std::fmt::Display;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::column::Column;

/// Names a column: by place (from 0) or by name.
pub trait ColumnIndex:
    sqlx::ColumnIndex<SqliteRow> + sqlx::ColumnIndex<PgRow> + Display + Copy
{
}

impl ColumnIndex for usize {}
impl ColumnIndex for &str {}

/// A row with the name of the statement that read it.
#[derive(Debug)]
pub struct Row {
    statement: &'static str,
    inner: Inner,
}

#[derive(Debug)]
pub(super) enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl From<SqliteRow> for Inner {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<PgRow> for Inner {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}

impl Row {
    pub(super) fn new(statement: &'static str, row: impl Into<Inner>) -> Self {
        Self {
            statement,
            inner: row.into(),
        }
    }

    /// The value of a column; text and bytes may be borrowed from the row.
    ///
    /// # Errors
    /// There is no such column, or it holds something else; names statement and column.
    pub fn try_get<'r, T: Column<'r>, I: ColumnIndex>(
        &'r self,
        column: I,
    ) -> Result<T, sqlx::Error> {
        match &self.inner {
            Inner::Sqlite(row) => T::from_sqlite(row, column),
            Inner::Postgres(row) => T::from_postgres(row, column),
        }
        .map_err(|error| self.named(error, column))
    }

    fn named(&self, error: sqlx::Error, column: impl Display) -> sqlx::Error {
        let name = format!("{}.{column}", self.statement);
        match error {
            sqlx::Error::ColumnDecode { source, .. } => sqlx::Error::ColumnDecode {
                index: name,
                source,
            },
            sqlx::Error::ColumnNotFound(_) | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
                sqlx::Error::ColumnNotFound(name)
            }
            other => other,
        }
    }
}
