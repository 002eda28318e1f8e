//! What a node holds in memory of a stream is not older than what it has heard of.

use std::sync::Arc;

use anyhow::ensure;
use application::execute::{Executor, Intent};
use application::ports::clock::IdGenerator as _;
use application::ports::event_log::{EventLog, Metadata};
use domain::api_token::{ApiToken, ApiTokenCommand, Role};
use domain::ids::CommandId;
use domain::time::Timestamp;
use infrastructure::system::SystemIds;
use uuid::Uuid;

use super::{Installation, Node};
use crate::support::DEADLINE;

const TOKEN: Uuid = Uuid::from_u128(77);
const ROUNDS: u128 = 20;

fn executor(node: &Node) -> Executor {
    let log = Arc::clone(&node.database.log) as Arc<dyn EventLog>;
    Executor::new(log, 1_000_000)
}

async fn execute(executor: &Executor, id: Uuid, command: ApiTokenCommand) -> anyhow::Result<u64> {
    let intent = Intent {
        command_id: CommandId::new(SystemIds.next()),
        remember: false,
        metadata: Metadata::default(),
        fence: None,
    };
    let done = executor.execute::<ApiToken>(id, intent, command, |_, _| Vec::new());
    Ok(done.await?.position)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_is_read_anew_once_another_nodes_event_was_heard_of() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    let (here, there) = (executor(&first), executor(&second));
    for round in 0..ROUNDS {
        let id = Uuid::from_u128(TOKEN.as_u128() + round);
        let make = ApiTokenCommand::Make {
            now: Timestamp::from_seconds(1),
            name: "one".to_owned(),
            role: Role::Agent,
            hash: format!("{round:064x}"),
            expires_at: None,
        };
        execute(&here, id, make).await?;
        ensure!(!here.load::<ApiToken>(id).await?.is_revoked());
        let revoke = ApiTokenCommand::Revoke {
            now: Timestamp::from_seconds(2),
        };
        let position = execute(&there, id, revoke).await?;
        // A commit of this node moves its head past what it has not looked at yet.
        if round % 2 == 0 {
            let other = ApiTokenCommand::Make {
                now: Timestamp::from_seconds(3),
                name: "two".to_owned(),
                role: Role::Agent,
                hash: format!("{:064x}", 1_000 + round),
                expires_at: None,
            };
            execute(&here, Uuid::from_u128(5_000 + round), other).await?;
        }
        let log = &first.database.log;
        tokio::time::timeout(DEADLINE, log.wait_beyond(position - 1)).await?;
        let read = log.read_after(position - 1, 1).await?;
        ensure!(read.iter().any(|event| event.position == position));
        let state = here.load::<ApiToken>(id).await?;
        ensure!(state.is_revoked(), "round {round}: a state of before");
    }
    first.stop().await;
    second.stop().await;
    Ok(())
}
