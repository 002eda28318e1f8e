//! Carrying one decision out: reads what it names from the log, gathers facts, executes the command.
//!
//! Invariants: carrying out twice is the same as once (command ids are derived from the stored command);
//! the stored command is deleted in the transaction of its last commit.

mod failures;
mod hours;
mod relay;
mod sessions;
mod start;

use std::sync::Arc;

use domain::any_event::AnyEvent;
use domain::bot_session::BotSessionEvent;
use domain::conversation::ConversationEvent;
use domain::ids::{CommandId, MessageId, NumberId, derive};
use domain::send_guard::NumberFacts;
use domain::stream::Refusal;

use super::decision::Decision;
use super::manager::ManagerDeps;
use super::scenarios::Scenarios;
use crate::execute::{ExecuteError, Intent};
use crate::ports::StoreError;
use crate::ports::event_log::{Metadata, RecordedEvent};
use crate::ports::leases::Work;
use crate::ports::process_store::StoredCommand;
use crate::ports::row_op::RowOp;

/// What came of carrying a decision out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CarriedOut {
    /// It is done, or there was nothing to do.
    Done,
    /// A rule refuses it.
    Refused(String),
    /// The store failed: try again, not counted.
    StoreFailed,
    /// Another node carries it out now.
    LeaseLost,
    /// Only a node that knows events of this type can.
    Newer(String),
    /// It cannot be carried out as it is: counted.
    Broken(String),
}

/// Why carrying out stopped early.
#[derive(Debug)]
pub(super) enum Stopped {
    Refused(String),
    Store(StoreError),
    Broken(String),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt(detail) => Self::Broken(detail),
            other => Self::Store(other),
        }
    }
}

impl<E: Refusal> From<ExecuteError<E>> for Stopped {
    fn from(error: ExecuteError<E>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => Self::Refused(refusal.code().to_owned()),
            ExecuteError::Precondition(name) => {
                Self::Broken(format!("the row operation `{name}` does not apply"))
            }
            ExecuteError::Busy => {
                Self::Store(StoreError::Unavailable("the stream is too busy".to_owned()))
            }
            ExecuteError::Store(error) => error.into(),
        }
    }
}

/// Carries decisions out.
#[derive(Debug)]
pub(super) struct CarryOut {
    deps: ManagerDeps,
    scenarios: Scenarios,
}

/// A `MessageReceived` event, taken apart.
struct ReceivedEvent {
    message: MessageId,
    received_at: domain::time::Timestamp,
    provider_at: domain::time::Timestamp,
    body: Option<domain::conversation::ReceivedMessage>,
}

impl CarryOut {
    pub(super) fn new(deps: ManagerDeps) -> Self {
        let scenarios = Scenarios::new(Arc::clone(&deps.blobs));
        Self { deps, scenarios }
    }

    /// Carries one decision out.
    pub(super) async fn run(&self, command: &StoredCommand, decision: &Decision) -> CarriedOut {
        let result = self.carry_out(command, decision).await;
        match result {
            Ok(()) => CarriedOut::Done,
            Err(Stopped::Refused(code)) => CarriedOut::Refused(code),
            Err(Stopped::Broken(error)) => CarriedOut::Broken(error),
            Err(Stopped::Store(StoreError::LeaseLost)) => CarriedOut::LeaseLost,
            Err(Stopped::Store(StoreError::Newer(event_type))) => CarriedOut::Newer(event_type),
            Err(Stopped::Store(error)) => {
                tracing::warn!(error = %error, "carrying out a bot's decision waits for the store");
                CarriedOut::StoreFailed
            }
        }
    }

    /// Leaves a shard to nodes that know a type of events.
    pub(super) fn decline(&self, shard: u8, event_type: &str) {
        tracing::error!(
            event_type,
            "a bot's decision is left to a node of a newer version: upgrade this one"
        );
        self.deps.leases.decline(Work::Shard(shard), event_type);
    }

    async fn carry_out(&self, command: &StoredCommand, decision: &Decision) -> Result<(), Stopped> {
        match decision {
            Decision::StartBot {
                session,
                message_position,
            } => self.start_bot(command, *session, *message_position).await,
            Decision::TakeInput {
                session,
                message_position,
            } => self.take_input(command, *session, *message_position).await,
            Decision::QueueReply {
                session,
                composed_position,
                ..
            } => {
                self.queue_reply(command, *session, *composed_position)
                    .await
            }
            Decision::SetAttribute {
                session,
                value_position,
                ..
            } => self.set_attribute(command, *session, *value_position).await,
            Decision::AssignTag {
                session,
                value_position,
            } => self.assign_tag(command, *session, *value_position).await,
            Decision::CreateDeal {
                session,
                deal,
                value_position,
            } => {
                self.create_deal(command, *session, *deal, *value_position)
                    .await
            }
            Decision::ReleaseBot { session, cause } => {
                self.release_bot(command, *session, *cause).await
            }
            Decision::AwaitPeople {
                session,
                failed,
                cause,
                while_window_open,
            } => {
                self.await_people(command, *session, *failed, (*cause, *while_window_open))
                    .await
            }
            Decision::LeaveUnansweredAt {
                message_position,
                reason,
            } => {
                let received = self.received_at(*message_position).await?;
                self.leave_unanswered(command, received.message, *reason)
                    .await
            }
            Decision::TellOutOfHours => self.tell_out_of_hours(command).await,
            Decision::ResumeSession { session, epoch } => {
                self.resume_session(command, *session, *epoch).await
            }
            Decision::EndSession { session, cause } => {
                self.end_session(command, *session, *cause).await
            }
            Decision::FailSession { session, reason } => {
                self.fail_session(command, *session, *reason).await
            }
            Decision::ExpireSession { session, wait } => {
                self.expire_session(command, *session, *wait).await
            }
            Decision::SendFailed {
                session,
                message,
                code,
            } => self.send_failed(command, *session, *message, code).await,
            Decision::LeaveUnanswered { message, reason } => {
                self.leave_unanswered(command, *message, *reason).await
            }
        }
    }

    /// Counts a failed try in the store; if that fails too, in memory.
    pub(super) async fn count_failure(
        &self,
        command: &StoredCommand,
        error: &str,
        attempts: u32,
    ) -> u32 {
        let fence = command.fence.clone();
        let counted = self.deps.store.command_failed(command.id, error, fence);
        let counted = counted.await;
        counted.unwrap_or(attempts + 1).max(attempts + 1)
    }

    /// The intent of a step of a stored command.
    fn intent(command: &StoredCommand, step: &str, cause: Option<u64>) -> Intent {
        let id = CommandId::new(derive(format!("{}|{step}", command.id).as_bytes()));
        Intent {
            command_id: id,
            remember: true,
            metadata: Metadata {
                actor: "bot".to_owned(),
                cause,
            },
            fence: command.fence.clone(),
        }
    }

    /// The row operation that ends a stored command.
    const fn done(command: &StoredCommand) -> RowOp {
        RowOp::ProcessCommandDone { id: command.id }
    }

    /// Ends a stored command that led to no event.
    async fn done_without_commit(&self, command: &StoredCommand) -> Result<(), Stopped> {
        let fence = command.fence.clone();
        Ok(self.deps.store.command_done(command.id, fence).await?)
    }

    /// Facts of a number for the guard; a number that is gone counts as removed.
    fn number_facts(&self, number: Option<NumberId>) -> NumberFacts {
        let row = number.and_then(|id| self.deps.directory.number(id));
        row.map_or(
            NumberFacts {
                is_active: false,
                is_removed: true,
            },
            |number| NumberFacts {
                is_active: number.row.is_active,
                is_removed: number.row.is_removed,
            },
        )
    }

    async fn event_at(&self, position: u64) -> Result<Arc<RecordedEvent>, Stopped> {
        let event = self.deps.executor.log().read_at(position).await?;
        event.ok_or_else(|| Stopped::Broken(format!("no event at position {position}")))
    }

    async fn received_at(&self, position: u64) -> Result<ReceivedEvent, Stopped> {
        let event = self.event_at(position).await?;
        match &event.data {
            AnyEvent::Conversation(ConversationEvent::MessageReceived {
                message,
                received_at,
                provider_at,
                personal,
                ..
            }) => Ok(ReceivedEvent {
                message: *message,
                received_at: *received_at,
                provider_at: *provider_at,
                body: personal.open().cloned(),
            }),
            _ => Err(Stopped::Broken(format!(
                "no received message at position {position}"
            ))),
        }
    }

    async fn session_event_at(&self, position: u64) -> Result<BotSessionEvent, Stopped> {
        match &self.event_at(position).await?.data {
            AnyEvent::BotSession(event) => Ok(event.clone()),
            _ => Err(Stopped::Broken(format!(
                "no session event at position {position}"
            ))),
        }
    }
}
