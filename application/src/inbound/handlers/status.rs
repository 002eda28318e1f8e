//! A status item: find the send it is about, tell its delivery, settle what was open.
//!
//! A status may come before the answer to the send: then it joins wamid and send by the id it echoes, or
//! waits as an orphan until the sender knows the wamid.

use std::sync::Arc;

use domain::delivery::{Delivery, DeliveryCommand, DeliveryHead, StatusReport};

use super::{HandleError, ITEM_OPEN, InboundDeps, StatusTask, intent};
use crate::execute::ExecuteError;
use crate::ports::StoreError;
use crate::ports::hashes::KeyedHash;
use crate::ports::outbox::{OutboxRow, OutboxState, Settlement};
use crate::ports::row_op::RowOp;

/// Times the facts are gathered anew within one try.
const MAX_ROUNDS: usize = 8;

/// Handles statuses.
#[derive(Debug)]
pub struct StatusHandler {
    deps: Arc<InboundDeps>,
}

/// The send a status is about, with what belongs to its commit.
struct Target {
    head: DeliveryHead,
    row_ops: Vec<RowOp>,
}

impl StatusHandler {
    /// A handler with its ports.
    pub fn new(deps: Arc<InboundDeps>) -> Self {
        Self { deps }
    }

    /// Records one status, or sets it aside; does nothing if that was done before.
    ///
    /// # Errors
    /// [`HandleError`]; the same task may be handled again.
    pub async fn handle(&self, task: &StatusTask) -> Result<(), HandleError> {
        let phone_number_id = &task.number.row.phone_number_id;
        let wamid = self.deps.hashes.wamid(phone_number_id, &task.status.wamid);
        let mut contended = "wamid_route";
        for _ in 0..MAX_ROUNDS {
            let Some(target) = self.target(task, wamid).await? else {
                let fence = task.fence.clone();
                if self.deps.inbox.orphan(task.item.item, wamid, fence).await? {
                    metrics::counter!("inbound_orphans_total").increment(1);
                    return Ok(());
                }
                continue;
            };
            match self.report(task, target).await? {
                Reported::Done => return Ok(()),
                Reported::FactsChanged(name) => contended = name,
            }
        }
        Err(HandleError::Contended(contended))
    }

    async fn target(
        &self,
        task: &StatusTask,
        wamid: KeyedHash,
    ) -> Result<Option<Target>, StoreError> {
        let done = RowOp::InboxDone {
            item: task.item.item,
        };
        let route = self
            .deps
            .inbox
            .find_wamids(&[wamid])
            .await?
            .into_iter()
            .next()
            .flatten();
        if let Some(route) = route {
            let row = self.deps.outbox.find(route.message).await?;
            let head = DeliveryHead {
                message: route.message,
                conversation: route.conversation,
                contact: route.contact,
            };
            let settle = row.as_ref().and_then(settle);
            return Ok(Some(Target {
                head,
                row_ops: [Some(done), settle].into_iter().flatten().collect(),
            }));
        }
        let Some(row) = self.echoed(task).await? else {
            return Ok(None);
        };
        let head = DeliveryHead {
            message: row.message,
            conversation: row.conversation,
            contact: row.contact,
        };
        let join = RowOp::WamidRoute {
            wamid,
            message: row.message,
            conversation: row.conversation,
            contact: row.contact,
        };
        let row_ops = [Some(done), Some(join), settle(&row)]
            .into_iter()
            .flatten()
            .collect();
        Ok(Some(Target { head, row_ops }))
    }

    /// The send whose id the status echoes, if it may have left from this number: one that waits for its first
    /// attempt has not.
    async fn echoed(&self, task: &StatusTask) -> Result<Option<OutboxRow>, StoreError> {
        let Some(send_id) = task.status.send_id else {
            return Ok(None);
        };
        let row = self.deps.outbox.find(send_id).await?;
        Ok(row.filter(|row| {
            let never_left = row.state == OutboxState::Queued && row.attempt == 0;
            row.number == task.number.row.id && !never_left
        }))
    }

    async fn report(&self, task: &StatusTask, target: Target) -> Result<Reported, HandleError> {
        let item = task.item.item;
        let report = StatusReport {
            head: target.head,
            now: self.deps.clock.now(),
            status: task.kind,
            wamid: task.status.wamid.clone(),
            received_at: task.item.received_at,
            provider_at: task.status.provider_at,
            pricing: task.status.pricing.clone(),
            failure: task.status.failure.clone(),
        };
        let executed = self
            .deps
            .executor
            .execute::<Delivery>(
                target.head.message.as_uuid(),
                intent(task.item.dedupe, "report", task.fence.as_ref()),
                DeliveryCommand::Report(report),
                |_, _| target.row_ops.clone(),
            )
            .await;
        match executed {
            Ok(executed) if executed.events.is_empty() => {
                self.deps.inbox.done(&[item], task.fence.clone()).await?;
            }
            Ok(_) | Err(ExecuteError::Precondition(ITEM_OPEN)) => {}
            Err(ExecuteError::Precondition(name)) => return Ok(Reported::FactsChanged(name)),
            Err(error) => return Err(error.into()),
        }
        Ok(Reported::Done)
    }
}

enum Reported {
    Done,
    FactsChanged(&'static str),
}

/// Any status proves that Meta took the message: a row that does not know it yet is settled.
fn settle(row: &OutboxRow) -> Option<RowOp> {
    let settlement = match row.state {
        OutboxState::Unknown => Settlement::Reconciled,
        OutboxState::Queued | OutboxState::Attempting => Settlement::Accepted,
        OutboxState::Accepted
        | OutboxState::Rejected
        | OutboxState::Reconciled
        | OutboxState::Canceled => return None,
    };
    Some(RowOp::OutboxSettle {
        message: row.message,
        attempt: None,
        settlement,
    })
}
