//! Stores in SQLite files.

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_log::EventLog;
use application::tasks::Tasks;
use infrastructure::database::{Database, Location};
use infrastructure::keys::Keyring;
use tests::conformance::StoreFactory;

use super::options;

/// A database in a directory of its own.
pub(super) struct Sqlite {
    directory: tempfile::TempDir,
    keyring: Arc<Keyring>,
    database: Database,
    tasks: Tasks,
}

async fn open(directory: tempfile::TempDir, keyring: Arc<Keyring>) -> anyhow::Result<Sqlite> {
    let tasks = Tasks::default();
    let location = Location::Folder(directory.path().to_owned());
    let database = Database::open(options(location, &keyring), &tasks).await?;
    Ok(Sqlite {
        directory,
        keyring,
        database,
        tasks,
    })
}

impl StoreFactory for Sqlite {
    async fn fresh() -> anyhow::Result<Self> {
        open(tempfile::tempdir()?, Arc::new(Keyring::random()?)).await
    }

    async fn reopen(self) -> anyhow::Result<Self> {
        anyhow::ensure!(self.tasks.shut_down(Duration::from_secs(10)).await);
        self.database.context.reads.close().await;
        open(self.directory, self.keyring).await
    }

    fn log(&self) -> Arc<dyn EventLog> {
        Arc::clone(&self.database.log) as Arc<dyn EventLog>
    }
}
