//! A PostgreSQL server and how it is reached.

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::connection::Connection;
use super::pool::Pool;

/// A node that was paused or cut off within a transaction must not hold its locks for long: the server ends the
/// session. In milliseconds; shorter than a lease, longer than any pause between two statements.
const IDLE_IN_TRANSACTION: (&str, &str) = ("idle_in_transaction_session_timeout", "5000");
/// Every row is found by a key. A plan that was made while a table was small reads all of it, and a session keeps
/// such a plan until somebody analyzes the table: on a new installation a minute of ever slower statements. What
/// is left are look-ups in indexes. (Compiling statements that take milliseconds costs more than it saves.)
const BY_KEYS: [(&str, &str); 4] = [
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];
/// Statements that a connection keeps prepared: more than there are.
const PREPARED: usize = 512;

/// A server; says nothing of the password when it is printed.
#[derive(Clone)]
pub struct Server(PgConnectOptions);

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Server")
            .field("host", &self.0.get_host())
            .field("port", &self.0.get_port())
            .field("database", &self.0.get_database())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let database = self.0.get_database().unwrap_or_default();
        if let Some(folder) = self.0.get_socket() {
            return write!(formatter, "postgres:///{database} ({})", folder.display());
        }
        let (host, port) = (self.0.get_host(), self.0.get_port());
        write!(formatter, "postgres://{host}:{port}/{database}")
    }
}

impl Server {
    /// A server by its URL, `postgres://user:password@host:port/database`.
    ///
    /// # Errors
    /// It is no such URL.
    pub fn parse(url: &str) -> Result<Self, sqlx::Error> {
        Ok(url.parse::<PgConnectOptions>()?.into())
    }

    /// A connection of its own.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn connect(&self) -> Result<Connection, sqlx::Error> {
        Ok(self.0.connect().await?.into())
    }

    /// Connections that are shared, made when they are needed.
    pub fn pool(&self, options: PgPoolOptions) -> Pool {
        options.connect_lazy_with(self.0.clone()).into()
    }

    /// The same server for short transactions: a session that sits in an open one is ended.
    #[must_use]
    pub fn impatient(&self) -> Self {
        Self(self.0.clone().options([IDLE_IN_TRANSACTION]))
    }

    /// The same server for statements that find their rows by keys.
    #[must_use]
    pub fn by_keys(&self) -> Self {
        Self(self.0.clone().options(BY_KEYS))
    }

    /// The same server for connections that name themselves otherwise.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        Self(self.0.clone().application_name(name))
    }

    /// How the driver reaches it.
    pub const fn options(&self) -> &PgConnectOptions {
        &self.0
    }
}

impl From<PgConnectOptions> for Server {
    fn from(options: PgConnectOptions) -> Self {
        Self(
            options
                .application_name("vestnik")
                .statement_cache_capacity(PREPARED)
                .disable_statement_logging(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Server;

    #[test]
    fn a_server_does_not_print_its_password() {
        let server = Server::parse("postgres://vestnik:s3cret@db.example:5433/log").unwrap();
        for printed in [format!("{server:?}"), server.to_string()] {
            assert!(printed.contains("db.example") && printed.contains("5433"));
            assert!(!printed.contains("s3cret"), "{printed}");
        }
        assert!(Server::parse("postgres://[").is_err());
    }
}
