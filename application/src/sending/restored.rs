//! After a restore: what was on its way when the backup was made is declared unknown.
//!
//! The installation that is gone may have sent any of it after the backup. Runs before anything may leave
//! again, and again at each start until nothing is left; a status that echoes the send id still reconciles
//! what Meta took.

use std::sync::Arc;

use domain::delivery::{Delivery, DeliveryCommand, DeliveryEvent, UnknownCause};
use futures::{StreamExt, TryStreamExt, stream};

use super::PAGE;
use super::record::{Evidence, head, intent, settle};
use crate::execute::{ExecuteError, Executor};
use crate::ports::StoreError;
use crate::ports::clock::Clock;
use crate::ports::outbox::{Outbox, OutboxRow};

/// Commits under way at once: they share transactions.
const AT_ONCE: usize = 64;

/// Declares every unsettled row up to a position unknown; answers how many were.
///
/// # Errors
/// [`StoreError`]; what was declared before stays so, and the same call goes on.
pub async fn declare_unknown_through(
    executor: &Arc<Executor>,
    outbox: &Arc<dyn Outbox>,
    clock: &Arc<dyn Clock>,
    through: u64,
) -> Result<u64, StoreError> {
    let (mut after, mut declared) = (0, 0);
    loop {
        let mut rows = outbox.unsettled(after, PAGE).await?;
        let Some(last) = rows.last().map(|row| row.position) else {
            return Ok(declared);
        };
        after = last;
        rows.retain(|row| row.position <= through);
        let done: Vec<bool> = stream::iter(rows)
            .map(|row| declare_unknown(executor, clock, row))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        declared += done.into_iter().filter(|done| *done).count() as u64;
        if last > through {
            return Ok(declared);
        }
    }
}

/// `false` if something else became of it meanwhile.
async fn declare_unknown(
    executor: &Executor,
    clock: &Arc<dyn Clock>,
    row: OutboxRow,
) -> Result<bool, StoreError> {
    let command = DeliveryCommand::DeclareUnknown {
        head: head(&row),
        now: clock.now(),
        cause: UnknownCause::Restored,
    };
    let row_ops = |events: &[DeliveryEvent], _: &Delivery| {
        settle(&row, Evidence::Outside, events)
            .into_iter()
            .collect()
    };
    let declared = executor
        .execute::<Delivery>(
            row.message.as_uuid(),
            intent(&row, "restored", None),
            command,
            row_ops,
        )
        .await;
    match declared {
        Ok(done) if done.events.is_empty() => {
            tracing::error!(message = %row.message, "a row is unsettled although its delivery is decided");
            Ok(false)
        }
        Ok(_) => Ok(true),
        Err(ExecuteError::Precondition(_)) => Ok(false),
        Err(ExecuteError::Refused(refusal)) => Err(StoreError::Corrupt(refusal.to_string())),
        Err(ExecuteError::Busy) => Err(StoreError::Overloaded),
        Err(ExecuteError::Store(error)) => Err(error),
    }
}
