//! The log on PostgreSQL, where other nodes append at the same time.
//!
//! Two committers take what queued while they were busy and append it in one round trip each; the function
//! `append_batch_1` judges every commit under row locks. A batch whose answer was lost is sent again: its
//! commits find what they wrote. What other nodes append comes through the [`Follower`].
//! Absent on purpose: timers on the way of a commit.

mod batch;
mod columns;
mod committer;
mod directory_ops;
mod follower;
mod hints;
mod intake;
mod outcome;

use std::sync::Arc;

use application::ports::StoreError;
use application::ports::event_log::CommitError;
use application::tasks::Tasks;
use tokio::sync::Notify;

use self::committer::Committer;
use self::follower::Follower;
use self::hints::Hints;
use self::intake::Intake;
use super::LogParts;
use super::append::Outcome;
use super::prepare::Prepared;
use crate::database::context::AdapterContext;
use crate::database::db::{Server, Statement};
use crate::database::leases::LeaseChanges;
use crate::database::restored::FreezeState;
use crate::database::write_queue::{TransactionTime, WriteConnection};

/// One prepares and judges while the other one waits for the disk; more would only wait for the log's lock.
const COMMITTERS: usize = 2;

/// The server of a log.
#[derive(Clone, Debug)]
pub(crate) struct LogServer {
    /// How it is reached.
    pub(crate) server: Server,
    /// What times its transactions.
    pub(crate) time: TransactionTime,
    /// Whether messages may leave: a person may say so on another node.
    pub(crate) freeze: Arc<FreezeState>,
    /// Told of changes of leases.
    pub(crate) lease_changes: Arc<LeaseChanges>,
}

/// The statements of this folder; SQLite has none of them.
pub(crate) const STATEMENTS: &[Statement] = &[
    batch::APPEND_BATCH,
    directory_ops::LOCK,
    follower::LOOK,
    hints::NOTIFY,
    hints::NOT_DURABLE,
];

/// Takes commits for the committers of this node.
#[derive(Debug)]
pub(crate) struct Committers {
    intake: Arc<Intake>,
}

impl Committers {
    /// Starts the committers and what follows other nodes.
    pub(crate) fn start(
        server: &LogServer,
        parts: &LogParts,
        context: &AdapterContext,
        tasks: &Tasks,
    ) -> Self {
        let intake = Arc::new(Intake::default());
        let behind = Arc::new(Notify::new());
        let hints = Hints::start(&server.server, &parts.publisher, &behind, tasks);
        for _ in 0..COMMITTERS {
            let committer = Committer {
                intake: Arc::clone(&intake),
                publisher: Arc::clone(&parts.publisher),
                connection: WriteConnection::to_server(server.server.clone()),
                time: server.time.clone(),
                behind: Arc::clone(&behind),
                hints: hints.clone(),
            };
            tasks.spawn(committer.run(tasks.stop().clone()));
        }
        let follower = Follower::new(context, parts, server, behind);
        tasks.spawn(follower.run(tasks.stop().clone()));
        Self { intake }
    }

    /// Queues a commit and waits until it is durable or refused.
    pub(super) async fn submit(&self, input: Prepared) -> Outcome {
        let answered = self.intake.offer(input)?;
        answered.await.unwrap_or_else(|_| {
            let stopped = StoreError::Unavailable("the committers have stopped".to_owned());
            Err(CommitError::Store(stopped))
        })
    }
}
