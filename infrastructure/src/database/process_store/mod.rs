//! The process manager's rows: states, stored commands, timers, checkpoint.
//!
//! Absent on purpose: what states and decisions mean; both are the manager's own JSON.

mod advance;
pub(in crate::database) mod sql;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use application::ports::StoreError;
use application::ports::clock::Clock;
use application::ports::leases::Fence;
use application::ports::process_store::{
    Advance, InstanceRow, ProcessStore, StoredCommand, TimerRow,
};
use async_trait::async_trait;
use domain::ids::{CommandId, ConversationId};
use domain::time::Timestamp;

use self::advance::AdvanceManager;
use super::context::{AdapterContext, unavailable};
use super::rows::{json, parse, signed, small, unsigned};
use super::write_queue::{WriteKind, WriteQueue, Writer};
use crate::database::db::{Connection, Dialect, Pool, query};
use crate::database::leases::SHARDS;

/// Names the manager's checkpoint where it has one shard, and the beginning of the names of several.
const NAME: &str = "conversation";
/// Jobs that may wait; their callers wait for room.
const CAPACITY: usize = 1_024;

/// The manager's rows beside the log.
#[derive(Debug)]
pub struct ProcessRows {
    reads: Pool,
    clock: Arc<dyn Clock>,
    shards: u8,
    advance: Writer<AdvanceManager>,
    command: Writer<ChangeCommand>,
}

impl ProcessRows {
    /// The store with its lanes of the write queue.
    pub fn new(context: &AdapterContext, queue: &mut WriteQueue) -> Self {
        let shards = match context.reads.dialect() {
            Dialect::Sqlite => 1,
            Dialect::Postgres => SHARDS,
        };
        Self {
            reads: context.reads.clone(),
            clock: Arc::clone(&context.clock),
            shards,
            advance: queue.lane(AdvanceManager { shards }, CAPACITY),
            command: queue.lane(ChangeCommand, CAPACITY),
        }
    }
}

#[async_trait]
impl ProcessStore for ProcessRows {
    fn shards(&self) -> u8 {
        self.shards
    }

    async fn checkpoints(&self, shards: &[u8]) -> Result<Vec<u64>, StoreError> {
        let mut positions = Vec::with_capacity(shards.len());
        for shard in shards {
            let position: i64 = query(sql::CHECKPOINT)
                .bind(name_of(self.shards, *shard))
                .bind(NAME)
                .fetch_one(&self.reads)
                .await
                .map_err(unavailable)?;
            positions.push(unsigned(position));
        }
        Ok(positions)
    }

    async fn instances(
        &self,
        conversations: &[ConversationId],
    ) -> Result<Vec<InstanceRow>, StoreError> {
        let rows: Vec<(String, i64, String)> = query(sql::INSTANCES)
            .bind(json(conversations).map_err(unavailable)?)
            .fetch_all(&self.reads)
            .await
            .map_err(unavailable)?;
        rows.into_iter()
            .map(|(conversation, position, state)| {
                let conversation = parse(&conversation, "process_instances.conversation")?;
                Ok(InstanceRow {
                    conversation,
                    position: unsigned(position),
                    state,
                })
            })
            .collect()
    }

    async fn advance(&self, step: Advance) -> Result<bool, StoreError> {
        self.advance.submit_patiently(step).await
    }

    async fn pending(
        &self,
        after_ordinal: i64,
        limit: usize,
    ) -> Result<Vec<StoredCommand>, StoreError> {
        let rows: Vec<(String, String, i64, String, i64)> = query(sql::PENDING)
            .bind(after_ordinal)
            .bind(signed(limit as u64))
            .fetch_all(&self.reads)
            .await
            .map_err(unavailable)?;
        rows.into_iter()
            .map(|(id, conversation, ordinal, decision, attempts)| {
                Ok(StoredCommand {
                    id: parse(&id, "process_commands.id")?,
                    conversation: parse(&conversation, "process_commands.conversation")?,
                    ordinal,
                    decision,
                    attempts: small(attempts),
                    fence: None,
                })
            })
            .collect()
    }

    async fn command_failed(
        &self,
        id: CommandId,
        error: &str,
        fence: Option<Fence>,
    ) -> Result<u32, StoreError> {
        self.command
            .submit_patiently((id, Some(error.to_owned()), fence))
            .await
    }

    async fn command_done(&self, id: CommandId, fence: Option<Fence>) -> Result<(), StoreError> {
        let done = self.command.submit_patiently((id, None, fence)).await;
        done.map(drop)
    }

    async fn due_timers(&self, shards: &[u8], limit: usize) -> Result<Vec<TimerRow>, StoreError> {
        let digits: String = shards
            .iter()
            .filter_map(|shard| char::from_digit(u32::from(*shard), 16))
            .collect();
        let rows: Vec<(String, i64, String, i64)> = query(sql::DUE_TIMERS)
            .bind(self.clock.now().as_micros())
            .bind(signed(limit as u64))
            .bind(digits)
            .fetch_all(&self.reads)
            .await
            .map_err(unavailable)?;
        rows.into_iter()
            .map(|(session, wait, conversation, due_at)| {
                Ok(TimerRow {
                    session: parse(&session, "timers.session")?,
                    wait: small(wait),
                    conversation: parse(&conversation, "timers.conversation")?,
                    due_at: Timestamp::from_micros(due_at),
                })
            })
            .collect()
    }
}

/// The name of a shard's checkpoint.
fn name_of(shards: u8, shard: u8) -> String {
    if shards == 1 {
        NAME.to_owned()
    } else {
        format!("{NAME}/{shard:02}")
    }
}

/// Counts a failed try of a stored command, or drops it (no error).
#[derive(Debug)]
struct ChangeCommand;

#[async_trait]
impl WriteKind for ChangeCommand {
    type Input = (CommandId, Option<String>, Option<Fence>);
    type Output = u32;

    const MAX_BATCH: usize = 128;

    async fn run(
        &self,
        transaction: &mut Connection,
        _now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        let mut outputs = Vec::with_capacity(inputs.len());
        for (id, error, fence) in inputs {
            let lease = fence.as_ref().map(|fence| &*fence.lease);
            let token = fence.as_ref().map(|fence| fence.token);
            let attempts: Option<i64> = if let Some(error) = error {
                query(sql::COUNT_FAILURE)
                    .bind(id.to_string())
                    .bind(error)
                    .bind(lease)
                    .bind(token)
                    .fetch_optional(&mut *transaction)
                    .await?
            } else {
                query(sql::DROP_COMMAND)
                    .bind(id.to_string())
                    .bind(lease)
                    .bind(token)
                    .execute(&mut *transaction)
                    .await?;
                None
            };
            outputs.push(small(attempts.unwrap_or(0)));
        }
        Ok(outputs)
    }
}
