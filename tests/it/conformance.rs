//! The conformance suite on SQLite.

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_log::EventLog;
use application::tasks::Tasks;
use infrastructure::database::{Database, OpenOptions};
use infrastructure::keys::Keyring;
use infrastructure::system::{SystemClock, SystemIds};
use tests::conformance::{StoreFactory, commits, framework, reads};

/// A database in a directory of its own.
struct Sqlite {
    directory: tempfile::TempDir,
    keyring: Arc<Keyring>,
    database: Database,
    tasks: Tasks,
}

async fn open(directory: tempfile::TempDir, keyring: Arc<Keyring>) -> anyhow::Result<Sqlite> {
    let tasks = Tasks::default();
    let options = OpenOptions {
        data_dir: directory.path().to_owned(),
        keyring: Arc::clone(&keyring),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
    };
    let database = Database::open(options, &tasks).await?;
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

macro_rules! on_sqlite {
    ($($module:ident::$rule:ident($($argument:expr)?)),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $rule() -> anyhow::Result<()> {
            $module::$rule::<Sqlite>($($argument)?).await
        }
    )*};
}

on_sqlite! {
    commits::a_mixed_batch_keeps_its_winners(),
    commits::commits_of_one_stream_meet_in_order(),
    commits::a_subject_gets_one_key(),
    commits::a_command_is_done_once(),
    commits::hot_streams_stay_consistent(),
    commits::a_bad_row_fails_alone(),
    commits::positions_continue_after_a_restart(),
    reads::memory_and_store_read_the_same(),
    reads::reading_outside_the_log_is_empty(),
    reads::waiting_ends_with_the_next_commit(),
    framework::the_framework_of_cqrs_es_drives_the_log(Arc::new(SystemIds)),
    framework::a_no_op_is_never_decided_on_a_stale_state(),
    framework::a_repeated_command_answers_its_first_result(),
}
