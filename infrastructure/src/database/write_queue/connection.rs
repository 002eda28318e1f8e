//! The connection a queue writes on, and whose clock times its transactions.

use std::sync::Arc;
use std::time::Duration;

use application::ports::clock::Clock;
use domain::time::Timestamp;

use crate::database::db::{Connection, Server, Statement, query};
use crate::database::server_clock::ServerClock;

/// How long callers wait for a lost connection to come back before they are told.
const RECONNECT_FOR: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// What is answered is on disk, whatever the server's default is.
pub(crate) const DURABLE: Statement = Statement::for_postgres(
    "connection_durable",
    "select set_config('synchronous_commit', 'on', false) \
     where current_setting('synchronous_commit') = 'off'",
);

/// SQLite's only writer, or a connection to PostgreSQL that is made anew when it was lost.
#[derive(Debug)]
pub struct WriteConnection {
    connection: Option<Connection>,
    server: Option<Server>,
}

impl WriteConnection {
    /// A connection that cannot be made anew.
    pub const fn only(connection: Connection) -> Self {
        Self {
            connection: Some(connection),
            server: None,
        }
    }

    /// A connection to a server; made when it is first needed.
    pub const fn to_server(server: Server) -> Self {
        Self {
            connection: None,
            server: Some(server),
        }
    }

    /// Whether a lost connection is followed by another one.
    pub(crate) const fn comes_back(&self) -> bool {
        self.server.is_some()
    }

    /// The connection, made if there is none.
    ///
    /// # Errors
    /// The server does not answer, for several seconds.
    pub(crate) async fn get(&mut self) -> Result<&mut Connection, sqlx::Error> {
        if self.connection.is_none()
            && let Some(server) = &self.server
        {
            let mut connection = connect(server).await?;
            query(DURABLE).execute(&mut connection).await?;
            self.connection = Some(connection);
        }
        self.connection.as_mut().ok_or(sqlx::Error::WorkerCrashed)
    }

    /// Closes it in an orderly way.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn close(self) -> Result<(), sqlx::Error> {
        match self.connection {
            Some(connection) => connection.close().await,
            None => Ok(()),
        }
    }

    /// Forgets a connection that was lost.
    pub(crate) fn lost(&mut self) {
        if self.comes_back() {
            self.connection = None;
        }
    }
}

/// Connects, again and again for a while.
async fn connect(server: &Server) -> Result<Connection, sqlx::Error> {
    let began = tokio::time::Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        match tokio::time::timeout(RECONNECT_FOR, server.connect()).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) if began.elapsed() > RECONNECT_FOR => return Err(error),
            Ok(Err(_)) => {}
            Err(_) => return Err(sqlx::Error::PoolTimedOut),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What gives a transaction its time.
#[derive(Clone, Debug)]
pub enum TransactionTime {
    /// A clock of this process.
    Process(Arc<dyn Clock>),
    /// The clock of the server.
    Server(Arc<ServerClock>),
}

impl TransactionTime {
    /// The time of a transaction at whose beginning the server's clock showed `micros`.
    pub(crate) fn of(&self, micros: Option<i64>) -> Timestamp {
        match (self, micros) {
            (Self::Process(clock), _) => clock.now(),
            (Self::Server(clock), Some(micros)) => clock.observe(micros),
            (Self::Server(clock), None) => clock.now(),
        }
    }

    /// A time that is given instead of the server's, if any.
    pub(crate) fn given(&self) -> Option<Timestamp> {
        match self {
            Self::Process(clock) => Some(clock.now()),
            Self::Server(_) => None,
        }
    }
}
