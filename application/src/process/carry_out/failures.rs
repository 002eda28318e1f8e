//! What is done about a send that failed: the session decides, or people are awaited; the rest of the turn
//! is canceled, or leaves because the node has a failure branch.

use std::sync::Arc;

use domain::bot_session::{BotSession, BotSessionCommand, BotSessionEvent};
use domain::conversation::{CancelReason, ChangeCause, Conversation, ConversationCommand};
use domain::ids::{MessageId, SessionId};

use super::{CarryOut, Stopped};
use crate::execute::ExecuteError;
use crate::ports::outbox::OutboxState;
use crate::ports::process_store::StoredCommand;
use crate::ports::row_op::RowOp;

/// A session with one of its turns.
type TurnOf = (SessionId, u32);

impl CarryOut {
    /// Tells a session that a message could not be sent. Where a failure branch goes on, the rest of the
    /// turn is let go with it; else it is canceled.
    pub(super) async fn send_failed(
        &self,
        command: &StoredCommand,
        session: SessionId,
        message: MessageId,
        code: &str,
    ) -> Result<(), Stopped> {
        let state: Arc<BotSession> = self.deps.executor.load(session.as_uuid()).await?;
        let (contact, _) = self.parties(command.conversation).await?;
        let turn = self.turn_of(message).await?;
        if state.session().is_none() || turn.is_some_and(|(of, _)| of != session) {
            return self.done_without_commit(command).await;
        }
        let failed = BotSessionCommand::SendFailed {
            message,
            code: code.to_owned(),
            scenario: self.scenario_of(&state).await?,
            context: self.context(contact).await?,
        };
        let now = self.deps.clock.now();
        let conversation = command.conversation;
        let done = Self::done(command);
        let goes_on = |events: &[BotSessionEvent]| {
            let is_over =
                |event: &BotSessionEvent| matches!(event, BotSessionEvent::HandedOver { .. });
            !events.is_empty() && !events.iter().any(is_over)
        };
        let executed = self
            .deps
            .executor
            .execute::<BotSession>(
                session.as_uuid(),
                Self::intent(command, "send-failed", None),
                failed,
                move |events, _| {
                    if !goes_on(events) {
                        return Vec::new();
                    }
                    let release = turn.map(|turn| RowOp::OutboxHoldTurn {
                        conversation,
                        turn,
                        not_before: now,
                    });
                    release.into_iter().chain([done.clone()]).collect()
                },
            )
            .await?;
        if goes_on(&executed.events) {
            return Ok(());
        }
        if let Some(turn) = turn {
            self.cancel_turn(command, turn).await?;
        }
        self.done_without_commit(command).await
    }

    /// People are awaited for what a session that is over left unsaid; the rest of that turn is canceled.
    pub(super) async fn await_people(
        &self,
        command: &StoredCommand,
        session: SessionId,
        failed: Option<MessageId>,
        (cause, while_window_open): (ChangeCause, bool),
    ) -> Result<(), Stopped> {
        if let Some(message) = failed {
            // A person's message has no turn; one that the guard refused at once has no row.
            let row = self.deps.outbox.find(message).await?;
            let state: Arc<BotSession> = self.deps.executor.load(session.as_uuid()).await?;
            let last = (session, state.turn());
            if row.is_some_and(|row| row.turn != Some(last)) {
                return self.done_without_commit(command).await;
            }
            self.cancel_turn(command, last).await?;
        }
        let done = Self::done(command);
        let executed = self
            .deps
            .executor
            .execute::<Conversation>(
                command.conversation.as_uuid(),
                Self::intent(command, "await", None),
                ConversationCommand::AwaitPeople {
                    now: self.deps.clock.now(),
                    session,
                    cause,
                    while_window_open,
                },
                move |_, _| vec![done.clone()],
            )
            .await?;
        if executed.events.is_empty() {
            self.done_without_commit(command).await?;
        }
        Ok(())
    }

    async fn turn_of(&self, message: MessageId) -> Result<Option<TurnOf>, Stopped> {
        let row = self.deps.outbox.find(message).await?;
        Ok(row.and_then(|row| row.turn))
    }

    /// Cancels what is still queued of a turn; rows that leave meanwhile are left alone.
    async fn cancel_turn(&self, command: &StoredCommand, turn: TurnOf) -> Result<(), Stopped> {
        let outbox = &self.deps.outbox;
        for row in outbox.of_conversation(command.conversation).await? {
            if row.turn != Some(turn) || row.state != OutboxState::Queued {
                continue;
            }
            let messages = vec![row.message];
            let step = format!("cancel|{}", row.message);
            let executed = self
                .deps
                .executor
                .execute::<Conversation>(
                    command.conversation.as_uuid(),
                    Self::intent(command, &step, None),
                    ConversationCommand::CancelMessages {
                        now: self.deps.clock.now(),
                        messages: messages.clone(),
                        reason: CancelReason::TurnRejected,
                    },
                    move |_, _| {
                        vec![RowOp::OutboxCancel {
                            messages: messages.clone(),
                        }]
                    },
                )
                .await;
            match executed {
                Ok(_) | Err(ExecuteError::Precondition(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(())
    }
}
