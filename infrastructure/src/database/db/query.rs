//! A statement with its arguments, and the ways to run it.

use futures::TryStreamExt as _;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use tokio::sync::mpsc;

use super::connection::Driver;
use super::executor::{Executor, Ready};
use super::from_row::FromRow;
use super::row::Row;
use super::statement::{Dialect, Statement};
use super::value::{Value, to_postgres, to_sqlite};

/// Arguments for which there is room from the start.
const USUAL_ARGUMENTS: usize = 4;

/// A statement with its arguments.
#[derive(Debug)]
#[must_use = "a query does nothing until it is run"]
pub struct Query<'q> {
    name: &'static str,
    text: Text,
    values: Vec<Value<'q>>,
}

#[derive(Debug)]
enum Text {
    Fixed(Statement),
    Built(String),
}

impl Text {
    fn for_dialect(self, dialect: Dialect) -> SqlStr {
        match self {
            Self::Fixed(statement) => statement.text(dialect).into_sql_str(),
            Self::Built(text) => AssertSqlSafe(text).into_sql_str(),
        }
    }
}

/// A query of a statement.
pub fn query<'q>(statement: Statement) -> Query<'q> {
    Query {
        name: statement.name,
        text: Text::Fixed(statement),
        values: Vec::with_capacity(USUAL_ARGUMENTS),
    }
}

/// A query of a text made at run time from parts of this program, never from outside data.
pub fn query_text<'q>(name: &'static str, text: String) -> Query<'q> {
    Query {
        name,
        text: Text::Built(text),
        values: Vec::with_capacity(USUAL_ARGUMENTS),
    }
}

/// Runs statements without arguments, such as a migration: any number, separated by semicolons.
///
/// # Errors
/// The database.
pub async fn script<'c>(text: String, executor: impl Executor<'c>) -> Result<(), sqlx::Error> {
    let script = sqlx::raw_sql(AssertSqlSafe(text));
    match executor.target().ready().await? {
        Ready::Connection(Driver::Sqlite(connection)) => {
            script.execute(connection).await?;
        }
        Ready::Connection(Driver::Postgres(connection)) => {
            script.execute(connection).await?;
        }
        Ready::Sqlite(pool) => {
            script.execute(pool).await?;
        }
        Ready::Postgres(pool) => {
            script.execute(pool).await?;
        }
    }
    Ok(())
}

/// Runs the same code for the four kinds of targets.
macro_rules! on_target {
    ($query:ident, $executor:ident, |$prepared:ident, $target:ident| $run:expr) => {{
        let Query { text, values, .. } = $query;
        match $executor.target().ready().await? {
            Ready::Connection(Driver::Sqlite($target)) => {
                let text = text.for_dialect(Dialect::Sqlite);
                let $prepared = sqlx::query_with(text, to_sqlite(values)?);
                $run
            }
            Ready::Sqlite($target) => {
                let text = text.for_dialect(Dialect::Sqlite);
                let $prepared = sqlx::query_with(text, to_sqlite(values)?);
                $run
            }
            Ready::Connection(Driver::Postgres($target)) => {
                let text = text.for_dialect(Dialect::Postgres);
                let $prepared = sqlx::query_with(text, to_postgres(values)?);
                $run
            }
            Ready::Postgres($target) => {
                let text = text.for_dialect(Dialect::Postgres);
                let $prepared = sqlx::query_with(text, to_postgres(values)?);
                $run
            }
        }
    }};
}

impl<'q> Query<'q> {
    /// Adds the next argument.
    pub fn bind(mut self, value: impl Into<Value<'q>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs it; answers how many rows it changed.
    ///
    /// # Errors
    /// The database.
    pub async fn execute<'c>(self, executor: impl Executor<'c>) -> Result<u64, sqlx::Error> {
        Ok(on_target!(self, executor, |query, target| query
            .execute(target)
            .await?
            .rows_affected()))
    }

    /// All rows.
    ///
    /// # Errors
    /// The database, or a row that cannot be read as `T`.
    pub async fn fetch_all<'c, T: FromRow>(
        self,
        executor: impl Executor<'c>,
    ) -> Result<Vec<T>, sqlx::Error> {
        let mut all = Vec::new();
        self.for_each(executor, |row| all.push(row)).await?;
        Ok(all)
    }

    /// Hands over row after row, so that not all of them lie in memory.
    ///
    /// # Errors
    /// As [`Self::fetch_all`].
    pub async fn for_each<'c, T: FromRow>(
        self,
        executor: impl Executor<'c>,
        mut take: impl FnMut(T),
    ) -> Result<(), sqlx::Error> {
        let name = self.name;
        on_target!(self, executor, |query, target| {
            let mut rows = query.fetch(target);
            while let Some(row) = rows.try_next().await? {
                take(T::from_row(Row::new(name, row))?);
            }
        });
        Ok(())
    }

    /// Sends row after row to whoever takes them at a speed of their own; ends early when nobody does.
    ///
    /// # Errors
    /// As [`Self::fetch_all`].
    pub async fn send_all<'c, T: FromRow>(
        self,
        executor: impl Executor<'c>,
        rows: mpsc::Sender<T>,
    ) -> Result<(), sqlx::Error> {
        let name = self.name;
        on_target!(self, executor, |query, target| {
            let mut stream = query.fetch(target);
            while let Some(row) = stream.try_next().await? {
                if rows.send(T::from_row(Row::new(name, row))?).await.is_err() {
                    break;
                }
            }
        });
        Ok(())
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// The database, or a row that cannot be read as `T`.
    pub async fn fetch_optional<'c, T: FromRow>(
        self,
        executor: impl Executor<'c>,
    ) -> Result<Option<T>, sqlx::Error> {
        let name = self.name;
        on_target!(self, executor, |query, target| {
            let row = query.fetch_optional(target).await?;
            row.map(|row| T::from_row(Row::new(name, row))).transpose()
        })
    }

    /// The first row, which must exist.
    ///
    /// # Errors
    /// The database, no row, or a row that cannot be read as `T`.
    pub async fn fetch_one<'c, T: FromRow>(
        self,
        executor: impl Executor<'c>,
    ) -> Result<T, sqlx::Error> {
        self.fetch_optional(executor)
            .await?
            .ok_or(sqlx::Error::RowNotFound)
    }
}
