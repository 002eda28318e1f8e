//! One step of the process manager: checkpoint, states, commands and timers in one transaction.

use std::collections::BTreeMap;

use application::ports::process_store::Advance;
use async_trait::async_trait;
use domain::ids::{ConversationId, SessionId};
use domain::time::Timestamp;

use super::{name_of, sql};
use crate::database::db::{Connection, Statement, query};
use crate::database::rows::{json, signed};
use crate::database::write_queue::WriteKind;

/// Applies steps, each on the checkpoint the one before it left.
#[derive(Debug)]
pub(super) struct AdvanceManager {
    pub(super) shards: u8,
}

#[async_trait]
impl WriteKind for AdvanceManager {
    type Input = Advance;
    type Output = bool;

    const MAX_BATCH: usize = 64;

    async fn run(
        &self,
        transaction: &mut Connection,
        _now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        let mut outputs = Vec::with_capacity(inputs.len());
        for step in inputs {
            let owned = move_checkpoints(transaction, self.shards, step).await?;
            if owned {
                write(transaction, step).await?;
            }
            outputs.push(owned);
        }
        Ok(outputs)
    }
}

async fn move_checkpoints(
    transaction: &mut Connection,
    shards: u8,
    step: &Advance,
) -> Result<bool, sqlx::Error> {
    if step.moves.is_empty() {
        return Ok(true);
    }
    let moves: Vec<_> = step
        .moves
        .iter()
        .map(|one| {
            let fence = one.fence.as_ref();
            (
                name_of(shards, one.shard),
                signed(one.from),
                signed(one.to),
                fence.map(|fence| &*fence.lease),
                fence.map(|fence| fence.token),
            )
        })
        .collect();
    let moves = json(&moves)?;
    let count = step.moves.len();
    for is_second in [false, true] {
        let moved = query(sql::MOVE_CHECKPOINTS)
            .bind(&moves)
            .bind(signed(count as u64))
            .execute(&mut *transaction)
            .await?;
        if moved == count as u64 {
            return Ok(true);
        }
        // A shard that was never moved has no row yet.
        if is_second
            || query(sql::START)
                .bind(&moves)
                .execute(&mut *transaction)
                .await?
                == 0
        {
            break;
        }
    }
    Ok(false)
}

async fn write(transaction: &mut Connection, step: &Advance) -> Result<(), sqlx::Error> {
    // Within a step the last state and the last timer of a key count.
    let instances: BTreeMap<ConversationId, _> = step
        .instances
        .iter()
        .map(|instance| (instance.conversation, instance))
        .collect();
    let instances: Vec<_> = instances
        .values()
        .map(|row| (row.conversation, signed(row.position), row.state.as_str()))
        .collect();
    let commands: Vec<_> = step
        .commands
        .iter()
        .map(|row| {
            (
                row.id,
                row.conversation,
                row.decision.as_str(),
                row.attempts,
            )
        })
        .collect();
    let timers: BTreeMap<SessionId, _> = step
        .set_timers
        .iter()
        .map(|timer| (timer.session, timer))
        .collect();
    let timers: Vec<_> = timers
        .values()
        .map(|row| {
            (
                row.session,
                row.wait,
                row.conversation,
                row.due_at.as_micros(),
            )
        })
        .collect();
    // A timer left behind fires for a wait that is over and is ignored; a lost one would never fire.
    // Hence drops come before sets.
    for (statement, count, rows) in [
        (&sql::UPSERT_INSTANCES, instances.len(), json(&instances)?),
        (
            &sql::DROP_COMMANDS,
            step.finished.len(),
            json(&step.finished)?,
        ),
        (&sql::INSERT_COMMANDS, commands.len(), json(&commands)?),
        (
            &sql::DROP_TIMERS,
            step.drop_timers.len(),
            json(&step.drop_timers)?,
        ),
        (&sql::SET_TIMERS, timers.len(), json(&timers)?),
    ] {
        execute(transaction, statement, count, &rows).await?;
    }
    Ok(())
}

async fn execute(
    transaction: &mut Connection,
    statement: &Statement,
    count: usize,
    rows: &str,
) -> Result<(), sqlx::Error> {
    if count > 0 {
        query(*statement).bind(rows).execute(transaction).await?;
    }
    Ok(())
}
