//! The log driven by `CqrsFramework` and by our executor.

use std::sync::Arc;

use anyhow::{Result, ensure};
use application::execute::{Executor, Intent, LogEventStore};
use application::ports::clock::IdGenerator;
use application::ports::event_log::Metadata;
use cqrs_es::CqrsFramework;
use domain::any_event::aggregate_type;
use domain::api_token::{ApiToken, ApiTokenCommand, Role};
use domain::time::Timestamp;
use uuid::Uuid;

use super::{StoreFactory, command};
use application::ports::event_log::StreamId;

fn make() -> ApiTokenCommand {
    ApiTokenCommand::Make {
        now: Timestamp::from_seconds(1),
        name: "ci".to_owned(),
        role: Role::Agent,
        hash: "ab".repeat(32),
        expires_at: None,
    }
}

fn intent(number: u128, remember: bool) -> Intent {
    Intent {
        command_id: command(number),
        remember,
        metadata: Metadata::default(),
        fence: None,
    }
}

/// cqrs-es' own framework works over the log.
///
/// # Errors
/// The rule is broken.
pub async fn the_framework_of_cqrs_es_drives_the_log<F: StoreFactory>(
    ids: Arc<dyn IdGenerator>,
) -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    let event_store = LogEventStore::new(Arc::clone(&log), ids);
    let framework = CqrsFramework::<ApiToken, _>::new(event_store, Vec::new(), ());
    let id = Uuid::from_u128(1);
    framework.execute(&id.to_string(), make()).await?;
    ensure!(
        framework.execute(&id.to_string(), make()).await.is_err(),
        "made already"
    );
    framework
        .execute(
            &id.to_string(),
            ApiTokenCommand::Revoke {
                now: Timestamp::from_seconds(2),
            },
        )
        .await?;
    let stream = StreamId {
        aggregate_type: aggregate_type::API_TOKEN,
        id,
    };
    ensure!(log.stream_version(stream).await? == 2);
    let executor = Executor::new(log, 1_000_000);
    ensure!(executor.load::<ApiToken>(id).await?.is_revoked());
    Ok(())
}

/// A no-op decided on a cached state that is behind is decided again.
///
/// # Errors
/// The rule is broken.
pub async fn a_no_op_is_never_decided_on_a_stale_state<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    let id = Uuid::from_u128(1);
    let here = Executor::new(Arc::clone(&log), 1_000_000);
    let there = Executor::new(Arc::clone(&log), 1_000_000);
    let none = |_: &[_], _: &ApiToken| Vec::new();
    let revoke = || ApiTokenCommand::Revoke {
        now: Timestamp::from_seconds(2),
    };
    there.load::<ApiToken>(id).await?;
    here.execute::<ApiToken>(id, intent(1, false), make(), none)
        .await?;
    ensure!(!there.load::<ApiToken>(id).await?.is_revoked());
    here.execute::<ApiToken>(id, intent(2, false), revoke(), none)
        .await?;
    let executed = there
        .execute::<ApiToken>(id, intent(3, false), revoke(), none)
        .await?;
    ensure!(
        executed.events.is_empty() && executed.version == 2,
        "reloaded, then a no-op"
    );
    ensure!(executed.state.is_revoked());
    let refused = there
        .execute::<ApiToken>(id, intent(4, false), make(), none)
        .await;
    ensure!(refused.is_err());
    Ok(())
}

/// A remembered command that comes again through the executor answers its first result.
///
/// # Errors
/// The rule is broken.
pub async fn a_repeated_command_answers_its_first_result<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let id = Uuid::from_u128(1);
    let none = |_: &[_], _: &ApiToken| Vec::new();
    let executor = Executor::new(store.log(), 1_000_000);
    let first = executor
        .execute::<ApiToken>(id, intent(1, true), make(), none)
        .await?;
    drop(executor);
    let store = store.reopen().await?;
    let executor = Executor::new(store.log(), 1_000_000);
    let again = executor
        .execute::<ApiToken>(id, intent(1, true), make(), none)
        .await?;
    ensure!(again.duplicate && again.position == first.position && again.events.is_empty());
    Ok(())
}
