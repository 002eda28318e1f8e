//! What runs a statement: a connection, a transaction on it, or any connection of a pool.

use sqlx::{PgPool, SqlitePool};

use super::connection::{Connection, Driver, Transaction};
use super::pool::Pool;

/// Runs statements.
pub trait Executor<'c>: Send {
    /// The connection or pool that runs the next statement.
    fn target(self) -> Target<'c>;
}

/// A connection or a pool of either driver.
#[derive(Debug)]
pub enum Target<'c> {
    /// This connection.
    Connection(&'c mut Connection),
    /// Any connection of this pool.
    Sqlite(&'c SqlitePool),
    /// Any connection of this pool.
    Postgres(&'c PgPool),
}

/// What is left once an abandoned transaction was rolled back.
pub(super) enum Ready<'c> {
    Connection(Driver<'c>),
    Sqlite(&'c SqlitePool),
    Postgres(&'c PgPool),
}

impl<'c> Target<'c> {
    pub(super) async fn ready(self) -> Result<Ready<'c>, sqlx::Error> {
        Ok(match self {
            Self::Connection(connection) => Ready::Connection(connection.ready().await?),
            Self::Sqlite(pool) => Ready::Sqlite(pool),
            Self::Postgres(pool) => Ready::Postgres(pool),
        })
    }
}

impl<'c> Executor<'c> for &'c mut Connection {
    fn target(self) -> Target<'c> {
        Target::Connection(self)
    }
}

impl<'c> Executor<'c> for &'c mut Transaction<'_> {
    fn target(self) -> Target<'c> {
        Target::Connection(self)
    }
}

impl<'c> Executor<'c> for &'c Pool {
    fn target(self) -> Target<'c> {
        match self {
            Pool::Sqlite(pool) => Target::Sqlite(pool),
            Pool::Postgres(pool) => Target::Postgres(pool),
        }
    }
}
