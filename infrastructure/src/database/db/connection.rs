//! One connection, and a transaction on it.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{
    Connection as _, Database, Executor as _, PgConnection, Postgres, Row as _, Sqlite,
    SqliteConnection,
};

use super::statement::Dialect;

/// A connection of either database, its own or a pool's.
#[derive(Debug)]
pub struct Connection {
    inner: Inner,
    state: State,
}

#[derive(Debug)]
enum Inner {
    Sqlite(SqliteConnection),
    SqlitePooled(Pooled<Sqlite>),
    Postgres(Box<PgConnection>),
    PostgresPooled(Pooled<Postgres>),
}

/// A pool's connection. One with a transaction is closed instead of handed out again.
#[derive(Debug)]
struct Pooled<D: Database> {
    connection: PoolConnection<D>,
    may_have_transaction: bool,
}

impl<D: Database> From<PoolConnection<D>> for Pooled<D> {
    fn from(connection: PoolConnection<D>) -> Self {
        Self {
            connection,
            may_have_transaction: false,
        }
    }
}

impl<D: Database> Drop for Pooled<D> {
    fn drop(&mut self) {
        if self.may_have_transaction {
            self.connection.close_on_drop();
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No transaction.
    Idle,
    /// A [`Transaction`] holds it.
    Open,
    /// There may be a transaction that nobody holds: its handle or its beginning was dropped.
    Abandoned,
}

/// The driver's own connection, for what only one of the databases can do.
#[derive(Debug)]
pub enum Driver<'c> {
    /// SQLite's.
    Sqlite(&'c mut SqliteConnection),
    /// PostgreSQL's.
    Postgres(&'c mut PgConnection),
}

/// SQLite takes the write lock at once: a transaction that began by reading could not write any more once
/// another one has written.
const BEGIN_SQLITE: &str = "begin immediate";
/// Each statement sees what was committed before it, whatever the server's default is: the append relies on
/// it after it has got the log's lock.
const BEGIN_POSTGRES: &str = "begin isolation level read committed";

const BEGIN_READ_SQLITE: &str = "begin";
const BEGIN_READ_POSTGRES: &str = "begin isolation level repeatable read read only";
const BEGIN_TIMED: &str = "begin isolation level read committed; \
    select (extract(epoch from clock_timestamp()) * 1000000)::bigint";

impl Connection {
    const fn of(inner: Inner) -> Self {
        Self {
            inner,
            state: State::Idle,
        }
    }

    /// Which database.
    pub const fn dialect(&self) -> Dialect {
        match self.inner {
            Inner::Sqlite(_) | Inner::SqlitePooled(_) => Dialect::Sqlite,
            Inner::Postgres(_) | Inner::PostgresPooled(_) => Dialect::Postgres,
        }
    }

    /// The driver's connection.
    pub fn driver(&mut self) -> Driver<'_> {
        match &mut self.inner {
            Inner::Sqlite(connection) => Driver::Sqlite(connection),
            Inner::SqlitePooled(pooled) => Driver::Sqlite(&mut pooled.connection),
            Inner::Postgres(connection) => Driver::Postgres(connection),
            Inner::PostgresPooled(pooled) => Driver::Postgres(&mut pooled.connection),
        }
    }

    /// The driver's connection after an abandoned transaction was rolled back.
    ///
    /// # Errors
    /// The rollback failed.
    pub async fn ready(&mut self) -> Result<Driver<'_>, sqlx::Error> {
        if self.state == State::Abandoned {
            self.roll_back().await?;
        }
        Ok(self.driver())
    }

    /// Begins a transaction: on SQLite with the write lock, on PostgreSQL `read committed`.
    ///
    /// # Errors
    /// The database refuses, or one is open already.
    pub async fn begin(&mut self) -> Result<Transaction<'_>, sqlx::Error> {
        self.begin_with(BEGIN_SQLITE, BEGIN_POSTGRES).await
    }

    /// Begins a transaction that only reads and sees one moment: that of its first query.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub async fn begin_read(&mut self) -> Result<Transaction<'_>, sqlx::Error> {
        self.begin_with(BEGIN_READ_SQLITE, BEGIN_READ_POSTGRES)
            .await
    }

    async fn begin_with(
        &mut self,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> Result<Transaction<'_>, sqlx::Error> {
        if self.state == State::Open {
            return Err(sqlx::Error::InvalidSavePointStatement);
        }
        self.ready().await?;
        // A future that is dropped while it waits for the answer leaves this behind.
        self.set(State::Abandoned);
        let begun = self.control(sqlite, postgres).await;
        match &begun {
            Ok(()) => self.set(State::Open),
            Err(sqlx::Error::Database(_)) => self.set(State::Idle),
            Err(_) => {}
        }
        begun.map(|()| Transaction { connection: self })
    }

    /// As [`Self::begin`]; answers with the database's clock in microseconds, on PostgreSQL, where it is not
    /// this machine's.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub async fn begin_timed(&mut self) -> Result<(Transaction<'_>, Option<i64>), sqlx::Error> {
        if self.dialect() == Dialect::Sqlite {
            return Ok((self.begin().await?, None));
        }
        if self.state == State::Open {
            return Err(sqlx::Error::InvalidSavePointStatement);
        }
        self.ready().await?;
        self.set(State::Abandoned);
        let micros = match self.driver() {
            Driver::Sqlite(_) => None,
            Driver::Postgres(connection) => {
                let row = connection.fetch_one(sqlx::raw_sql(BEGIN_TIMED)).await?;
                Some(row.try_get(0)?)
            }
        };
        self.set(State::Open);
        Ok((Transaction { connection: self }, micros))
    }

    /// Closes it in an orderly way; a pool's is given back.
    ///
    /// # Errors
    /// The database.
    pub async fn close(self) -> Result<(), sqlx::Error> {
        match self.inner {
            Inner::Sqlite(connection) => connection.close().await,
            Inner::Postgres(connection) => connection.close().await,
            Inner::SqlitePooled(_) | Inner::PostgresPooled(_) => Ok(()),
        }
    }

    fn set(&mut self, state: State) {
        self.state = state;
        let may_have_transaction = state != State::Idle;
        match &mut self.inner {
            Inner::SqlitePooled(pooled) => pooled.may_have_transaction = may_have_transaction,
            Inner::PostgresPooled(pooled) => pooled.may_have_transaction = may_have_transaction,
            Inner::Sqlite(_) | Inner::Postgres(_) => {}
        }
    }

    async fn control(
        &mut self,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> Result<(), sqlx::Error> {
        match self.driver() {
            Driver::Sqlite(connection) => {
                sqlx::query(sqlite).execute(connection).await?;
            }
            // A plain query: one round trip and nothing to prepare.
            Driver::Postgres(connection) => {
                connection.execute(sqlx::raw_sql(postgres)).await?;
            }
        }
        Ok(())
    }

    async fn roll_back(&mut self) -> Result<(), sqlx::Error> {
        self.set(State::Abandoned);
        match self.control("rollback", "rollback").await {
            // SQLite's way to say that there was none.
            Err(sqlx::Error::Database(error)) if error.message().contains("no transaction") => {}
            other => other?,
        }
        self.set(State::Idle);
        Ok(())
    }
}

impl From<SqliteConnection> for Connection {
    fn from(connection: SqliteConnection) -> Self {
        Self::of(Inner::Sqlite(connection))
    }
}

impl From<PgConnection> for Connection {
    fn from(connection: PgConnection) -> Self {
        Self::of(Inner::Postgres(Box::new(connection)))
    }
}

impl From<PoolConnection<Sqlite>> for Connection {
    fn from(connection: PoolConnection<Sqlite>) -> Self {
        Self::of(Inner::SqlitePooled(connection.into()))
    }
}

impl From<PoolConnection<Postgres>> for Connection {
    fn from(connection: PoolConnection<Postgres>) -> Self {
        Self::of(Inner::PostgresPooled(connection.into()))
    }
}

/// An open transaction; rolled back unless it is committed. Statements run on the connection it derefs to.
#[derive(Debug)]
pub struct Transaction<'c> {
    connection: &'c mut Connection,
}

impl Transaction<'_> {
    /// Makes it durable.
    ///
    /// # Errors
    /// The database refuses: nothing was written. The connection was lost: the outcome is unknown.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.connection.set(State::Abandoned);
        self.connection.control("commit", "commit").await?;
        self.connection.set(State::Idle);
        Ok(())
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// The database; the next statement on this connection tries again.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.connection.roll_back().await
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.connection.state == State::Open {
            self.connection.set(State::Abandoned);
        }
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection
    }
}
