//! Outcomes brought to record, each exactly once, whatever the store and other writers do meanwhile.
//!
//! A delivery's events are the truth, the outbox row follows them in the same commit. Where the row has
//! moved on (a status settled it, or it was declared unknown), the event is recorded without it.
//!
//! What Meta answered is a fact, and its attempt's number is its fence: it is recorded also by a node that has
//! lost the number's lease meanwhile, because a late answer is better than an unknown one. What is decided here
//! (to cancel, to refuse, to count as unknown) is checked against the lease.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::conversation::{CancelReason, Conversation, ConversationCommand};
use domain::delivery::{
    Delivery, DeliveryCommand, DeliveryEvent, DeliveryHead, FailureCode, UnknownCause,
};
use domain::ids::{CommandId, MessageId};
use domain::number::{Number, NumberCommand};

use super::Shared;
use crate::execute::{ExecuteError, Intent};
use crate::ports::StoreError;
use crate::ports::cloud_api::MetaError;
use crate::ports::event_log::Metadata;
use crate::ports::leases::{Fence, Permit};
use crate::ports::outbox::{OutboxRow, Settlement, TURN_HOLD_SECONDS};
use crate::ports::row_op::RowOp;
use crate::use_cases::numbers::number_row_op;

/// First pause after the store failed; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause after the store failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Tries that are left once the sender is asked to stop.
const TRIES_AFTER_STOP: u32 = 3;

/// On what a row is settled.
#[derive(Clone, Copy)]
pub(super) enum Evidence {
    /// The attempt that ended.
    Attempt(u32),
    /// Whatever state it is in.
    Outside,
    /// It has moved on: the event alone is recorded.
    EventOnly,
}

/// How recording ended.
enum Recorded {
    /// It is on disk, or was before.
    Done,
    /// A row operation does not apply.
    MovedOn,
    /// The sender stops, or the number is another node's: whoever comes next finds the row.
    GaveUp,
}

impl Shared {
    /// Meta took it; a late answer reconciles an unknown outcome.
    pub(super) async fn accept(
        &self,
        row: &OutboxRow,
        attempt: u32,
        phone_number_id: &str,
        wamid: String,
        message_status: Option<String>,
    ) -> bool {
        let route = RowOp::WamidRoute {
            wamid: self.deps.hashes.wamid(phone_number_id, &wamid),
            message: row.message,
            conversation: row.conversation,
            contact: row.contact,
        };
        let command = DeliveryCommand::Accept {
            head: head(row),
            now: self.now(),
            wamid,
            message_status,
        };
        self.deliver(row, Evidence::Attempt(attempt), &command, Some(route))
            .await
    }

    /// Meta definitely refused it.
    pub(super) async fn reject(&self, row: &OutboxRow, attempt: u32, error: MetaError) -> bool {
        let command = DeliveryCommand::Reject {
            head: head(row),
            now: self.now(),
            code: (self.deps.failure_code)(error.code),
            meta_code: Some(error.code),
            title: error.title,
            detail: error.detail,
        };
        self.deliver(row, Evidence::Attempt(attempt), &command, None)
            .await
    }

    /// The guard refuses it just before it would leave, for what no waiting changes.
    pub(super) async fn refuse(
        self: &Arc<Self>,
        row: &OutboxRow,
        code: FailureCode,
        permit: &Permit,
    ) {
        let title = format!("not sent: {}", code.0);
        let command = DeliveryCommand::Reject {
            head: head(row),
            now: self.now(),
            code,
            meta_code: None,
            title,
            detail: None,
        };
        match self
            .deliver_once(row, Evidence::Outside, (&command, permit.fence()), None)
            .await
        {
            Recorded::Done => {
                let rejected = Arc::clone(self).rejected(row.clone(), permit.clone());
                self.deps.tasks.spawn(rejected);
            }
            // Canceled meanwhile: that is what became of it.
            Recorded::MovedOn => self.settled(row.message),
            Recorded::GaveUp => {}
        }
    }

    /// The deadline has passed without an answer. Nothing to record if the row is settled by now.
    pub(super) async fn declare_unknown(
        &self,
        row: &OutboxRow,
        attempt: u32,
        cause: UnknownCause,
        permit: &Permit,
    ) -> bool {
        let command = DeliveryCommand::DeclareUnknown {
            head: head(row),
            now: self.now(),
            cause,
        };
        match self
            .deliver_once(
                row,
                Evidence::Attempt(attempt),
                (&command, permit.fence()),
                None,
            )
            .await
        {
            Recorded::Done => {
                tracing::warn!(message = %row.message, ?cause, "the outcome of a send is unknown");
                true
            }
            Recorded::MovedOn => true,
            Recorded::GaveUp => false,
        }
    }

    /// It never left and never will.
    pub(super) async fn cancel(&self, row: &OutboxRow, reason: CancelReason, permit: &Permit) {
        let message = row.message;
        let recorded = self
            .recorded(message, || async {
                let command = ConversationCommand::CancelMessages {
                    now: self.now(),
                    messages: vec![message],
                    reason,
                };
                let executor = &self.deps.executor;
                let id = row.conversation.as_uuid();
                let intent = intent(row, "cancel", permit.fence());
                let row_ops = |_: &[_], _: &_| {
                    vec![RowOp::OutboxCancel {
                        messages: vec![message],
                    }]
                };
                let canceled = executor
                    .execute::<Conversation>(id, intent, command, row_ops)
                    .await;
                canceled.map(drop)
            })
            .await;
        match recorded {
            // Where it has moved on, only a cancellation by someone else can have won.
            Recorded::Done | Recorded::MovedOn => {
                tracing::info!(%message, ?reason, "a queued message was canceled before it left");
                metrics::counter!("sends_total", "outcome" => "canceled").increment(1);
                self.settled(message);
            }
            Recorded::GaveUp => {}
        }
    }

    /// Meta refused the token: the number waits for a new one.
    pub(super) async fn break_auth(&self, row: &OutboxRow, meta_code: i64, fingerprint: &str) {
        self.recorded(row.message, || async {
            let command = NumberCommand::BreakAuth {
                now: self.now(),
                meta_code,
                fingerprint: fingerprint.to_owned(),
            };
            let row_ops =
                |_: &[_], state: &Number| number_row_op(state, row.number).into_iter().collect();
            let id = row.number.as_uuid();
            let broken = self
                .deps
                .executor
                .execute::<Number>(id, intent(row, "break_auth", None), command, row_ops)
                .await;
            broken.map(drop)
        })
        .await;
    }

    /// Records an outcome on the best evidence that applies; `false` only when stopping.
    async fn deliver(
        &self,
        row: &OutboxRow,
        first: Evidence,
        command: &DeliveryCommand,
        route: Option<RowOp>,
    ) -> bool {
        for evidence in [first, Evidence::Outside, Evidence::EventOnly] {
            match self
                .deliver_once(row, evidence, (command, None), route.clone())
                .await
            {
                Recorded::Done => return true,
                Recorded::MovedOn => {}
                Recorded::GaveUp => return false,
            }
        }
        tracing::error!(message = %row.message, "an outcome could not be recorded: its route is refused");
        true
    }

    async fn deliver_once(
        &self,
        row: &OutboxRow,
        evidence: Evidence,
        (command, fence): (&DeliveryCommand, Option<Fence>),
        route: Option<RowOp>,
    ) -> Recorded {
        let fence = &fence;
        self.recorded(row.message, || async {
            let row_ops = |events: &[DeliveryEvent], _: &Delivery| {
                settle(row, evidence, events)
                    .into_iter()
                    .chain(hold_turn(row, evidence, events))
                    .chain(route.clone())
                    .collect()
            };
            let id = row.message.as_uuid();
            let intent = intent(row, "outcome", fence.clone());
            let executor = &self.deps.executor;
            let delivered = executor
                .execute::<Delivery>(id, intent, command.clone(), row_ops)
                .await;
            delivered.map(drop)
        })
        .await
    }

    /// Runs until the store takes it.
    async fn recorded<E, F, Fut>(&self, message: MessageId, mut run: F) -> Recorded
    where
        E: std::error::Error + 'static,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(), ExecuteError<E>>>,
    {
        let outcome = self.until_stored("record", message, || {
            let running = run();
            async {
                match running.await {
                    Ok(()) => Ok(Recorded::Done),
                    Err(ExecuteError::Precondition(_)) => Ok(Recorded::MovedOn),
                    Err(ExecuteError::Refused(refusal)) => {
                        tracing::error!(%message, %refusal, "an outcome was refused");
                        Ok(Recorded::Done)
                    }
                    Err(ExecuteError::Busy) => Err(StoreError::Overloaded),
                    Err(ExecuteError::Store(error)) => Err(error),
                }
            }
        });
        outcome.await.unwrap_or(Recorded::GaveUp)
    }

    /// Repeats an operation until the store takes it; `None` only when stopping, when the lease is lost, or when
    /// only a newer version can do it.
    pub(super) async fn until_stored<T, F, Fut>(
        &self,
        doing: &'static str,
        message: MessageId,
        mut run: F,
    ) -> Option<T>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, StoreError>>,
    {
        let mut pause = FIRST_PAUSE;
        let mut tries_after_stop = TRIES_AFTER_STOP;
        loop {
            match run().await {
                Ok(value) => return Some(value),
                // Decided by a node that has the number no more.
                Err(StoreError::LeaseLost) => {
                    self.deps.leases.doubt();
                    return None;
                }
                Err(StoreError::Newer(event_type)) => {
                    tracing::error!(%message, event_type, doing, "left to a node of a newer version");
                    return None;
                }
                Err(error) => {
                    tracing::error!(%message, %error, doing, "the store failed, trying again");
                }
            }
            if self.stop.is_cancelled() {
                tries_after_stop -= 1;
                if tries_after_stop == 0 {
                    return None;
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// The row's part of an outcome.
pub(super) fn settle(
    row: &OutboxRow,
    evidence: Evidence,
    events: &[DeliveryEvent],
) -> Option<RowOp> {
    let attempt = match evidence {
        Evidence::Attempt(attempt) => Some(attempt),
        Evidence::Outside => None,
        Evidence::EventOnly => return None,
    };
    let settlement = events.iter().find_map(|event| match event {
        DeliveryEvent::Accepted { .. } => Some(Settlement::Accepted),
        DeliveryEvent::Rejected { .. } => Some(Settlement::Rejected),
        DeliveryEvent::Unknown { .. } => Some(Settlement::Unknown),
        DeliveryEvent::Reconciled { .. } => Some(Settlement::Reconciled),
        _ => None,
    })?;
    Some(RowOp::OutboxSettle {
        message: row.message,
        attempt,
        settlement,
    })
}

/// What a rejected bot's message was to be followed by waits for the process manager to decide about it.
pub(super) fn hold_turn(
    row: &OutboxRow,
    evidence: Evidence,
    events: &[DeliveryEvent],
) -> Option<RowOp> {
    let at = events.iter().find_map(|event| match event {
        DeliveryEvent::Rejected { at, .. } => Some(*at),
        _ => None,
    })?;
    let is_settled = !matches!(evidence, Evidence::EventOnly);
    row.turn
        .filter(|_| is_settled)
        .map(|turn| RowOp::OutboxHoldTurn {
            conversation: row.conversation,
            turn,
            not_before: at.plus_seconds(TURN_HOLD_SECONDS),
        })
}

pub(super) fn head(row: &OutboxRow) -> DeliveryHead {
    DeliveryHead {
        message: row.message,
        conversation: row.conversation,
        contact: row.contact,
    }
}

/// Not remembered: the aggregates' own states make these commands idempotent.
pub(super) fn intent(row: &OutboxRow, step: &str, fence: Option<Fence>) -> Intent {
    let cause = format!("send {} {} {step}", row.message, row.attempt);
    Intent {
        command_id: CommandId::new(domain::ids::derive(cause.as_bytes())),
        remember: false,
        metadata: Metadata {
            actor: "system".to_owned(),
            cause: Some(row.position),
        },
        fence,
    }
}
