//! The conformance suite on both databases.

mod postgres;
mod sqlite;

use application::ports::clock::{Clock, IdGenerator};
use std::sync::Arc;

use infrastructure::database::{Location, OpenOptions};
use infrastructure::keys::Keyring;
use infrastructure::system::{SystemClock, SystemIds};

use self::postgres::Postgres;
use self::sqlite::Sqlite;

fn options(location: Location, keyring: &Arc<Keyring>) -> OpenOptions {
    OpenOptions {
        location,
        keyring: Arc::clone(keyring),
        clock: Arc::new(SystemClock) as Arc<dyn Clock>,
        ids: Arc::new(SystemIds) as Arc<dyn IdGenerator>,
    }
}

macro_rules! on_both {
    ($($module:ident::$rule:ident($($argument:expr)?)),* $(,)?) => {
        mod on_sqlite {
            use super::*;
            use tests::conformance::{commits, framework, reads};

            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() -> anyhow::Result<()> {
                $module::$rule::<Sqlite>($($argument)?).await
            })*
        }

        mod on_postgres {
            use super::*;
            use tests::conformance::{commits, framework, reads};

            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() -> anyhow::Result<()> {
                if tests::private_postgres::is_installed()? {
                    $module::$rule::<Postgres>($($argument)?).await?;
                }
                Ok(())
            })*
        }
    };
}

on_both! {
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
