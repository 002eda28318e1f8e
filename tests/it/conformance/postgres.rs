//! Stores on private PostgreSQL servers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use application::ports::event_log::EventLog;
use application::tasks::Tasks;
use infrastructure::database::db::Server;
use infrastructure::database::{Database, Location};
use infrastructure::keys::Keyring;
use tests::conformance::StoreFactory;
use tests::private_postgres::PrivatePostgres;

use super::options;

/// A database on a server of its own.
pub(super) struct Postgres {
    server: PrivatePostgres,
    keyring: Arc<Keyring>,
    database: Database,
    tasks: Tasks,
}

async fn open(server: PrivatePostgres, keyring: Arc<Keyring>) -> anyhow::Result<Postgres> {
    let tasks = Tasks::default();
    let location = Location::Server(Server::parse(&server.url("postgres"))?);
    let database = Database::open(options(location, &keyring), &tasks).await?;
    Ok(Postgres {
        server,
        keyring,
        database,
        tasks,
    })
}

impl StoreFactory for Postgres {
    async fn fresh() -> anyhow::Result<Self> {
        let server = PrivatePostgres::start()?.context("PostgreSQL is not installed")?;
        open(server, Arc::new(Keyring::random()?)).await
    }

    async fn reopen(self) -> anyhow::Result<Self> {
        anyhow::ensure!(self.tasks.shut_down(Duration::from_secs(10)).await);
        self.database.context.reads.close().await;
        open(self.server, self.keyring).await
    }

    fn log(&self) -> Arc<dyn EventLog> {
        Arc::clone(&self.database.log) as Arc<dyn EventLog>
    }
}
