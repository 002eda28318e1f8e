//! What is told to a session: inputs, timers, its end.

use std::sync::Arc;

use domain::bot_session::{BotSession, BotSessionCommand, FailReason, HandOverCause};
use domain::conversation::{ChangeCause, Conversation, Handler};
use domain::ids::SessionId;

use super::start::input_of;
use super::{CarryOut, Stopped};
use crate::ports::process_store::StoredCommand;

impl CarryOut {
    /// Gives a message to a session; a session that never started is started by it.
    pub(super) async fn take_input(
        &self,
        command: &StoredCommand,
        session: SessionId,
        message_position: u64,
    ) -> Result<(), Stopped> {
        let state: Arc<BotSession> = self.deps.executor.load(session.as_uuid()).await?;
        if state.session().is_none() {
            return self.start_bot(command, session, message_position).await;
        }
        self.take_existing(command, session, message_position).await
    }

    /// Gives a message to a session that exists.
    pub(super) async fn take_existing(
        &self,
        command: &StoredCommand,
        session: SessionId,
        message_position: u64,
    ) -> Result<(), Stopped> {
        let received = self.received_at(message_position).await?;
        let state: Arc<BotSession> = self.deps.executor.load(session.as_uuid()).await?;
        let asked_at = match state.wait() {
            Some(wait) => {
                let outbox = &self.deps.outbox;
                outbox.asked_at(wait.question, wait.since).await?
            }
            None => domain::bot_session::AskedAt::Forgotten,
        };
        let (contact, number) = self.parties(command.conversation).await?;
        if state.wait().is_some() {
            self.show_typing(&received, number);
        }
        let take = BotSessionCommand::TakeInput {
            input: input_of(&received),
            asked_at,
            scenario: self.scenario_of(&state).await?,
            context: self.context(contact).await?,
        };
        self.tell(command, session, "input", Some(message_position), take)
            .await
    }

    /// Ends a session because someone else decides.
    pub(super) async fn end_session(
        &self,
        command: &StoredCommand,
        session: SessionId,
        cause: HandOverCause,
    ) -> Result<(), Stopped> {
        // News of what was refused under an older epoch, when a person has handed back to this run since.
        if cause == HandOverCause::StaleEpoch && self.handles(command, session).await?.is_some() {
            return self.done_without_commit(command).await;
        }
        let end = BotSessionCommand::HandOver {
            now: self.deps.clock.now(),
            cause,
            code: None,
        };
        self.tell(command, session, "end", None, end).await
    }

    /// Lets a session go on that a person handed back to. One that cannot leaves the conversation to a new
    /// run, so that the customer is not left with a bot that says nothing.
    pub(super) async fn resume_session(
        &self,
        command: &StoredCommand,
        session: SessionId,
        epoch: u64,
    ) -> Result<(), Stopped> {
        if self.handles(command, session).await? != Some(epoch) {
            return self.done_without_commit(command).await;
        }
        let state: Arc<BotSession> = self.deps.executor.load(session.as_uuid()).await?;
        if state.resumable().is_none() {
            return self
                .release_bot(command, session, ChangeCause::HandedBack)
                .await;
        }
        let (contact, _) = self.parties(command.conversation).await?;
        let resume = BotSessionCommand::Resume {
            epoch,
            scenario: self.scenario_of(&state).await?,
            context: self.context(contact).await?,
        };
        self.tell(command, session, "resume", None, resume).await
    }

    /// The epoch under which a session handles the conversation, if it does.
    async fn handles(
        &self,
        command: &StoredCommand,
        session: SessionId,
    ) -> Result<Option<u64>, Stopped> {
        let id = command.conversation.as_uuid();
        let conversation: Arc<Conversation> = self.deps.executor.load(id).await?;
        Ok(match conversation.handler() {
            Handler::Bot {
                session: handling, ..
            } if *handling == session => Some(conversation.epoch()),
            _ => None,
        })
    }

    /// Ends a session that cannot go on.
    pub(super) async fn fail_session(
        &self,
        command: &StoredCommand,
        session: SessionId,
        reason: FailReason,
    ) -> Result<(), Stopped> {
        let fail = BotSessionCommand::Fail {
            now: self.deps.clock.now(),
            reason,
        };
        self.tell(command, session, "fail", None, fail).await
    }

    /// Tells a session that a wait lasted too long.
    pub(super) async fn expire_session(
        &self,
        command: &StoredCommand,
        session: SessionId,
        wait: u32,
    ) -> Result<(), Stopped> {
        let expire = BotSessionCommand::Expire {
            now: self.deps.clock.now(),
            wait,
        };
        self.tell(command, session, "expire", None, expire).await
    }

    /// Executes a command on a session; the stored command is done with it. A session that never started
    /// has nothing to be told.
    async fn tell(
        &self,
        command: &StoredCommand,
        session: SessionId,
        step: &str,
        cause: Option<u64>,
        told: BotSessionCommand,
    ) -> Result<(), Stopped> {
        let done = Self::done(command);
        let executed = self
            .deps
            .executor
            .execute::<BotSession>(
                session.as_uuid(),
                Self::intent(command, step, cause),
                told,
                move |_, _| vec![done.clone()],
            )
            .await;
        match executed {
            Ok(executed) if executed.events.is_empty() => self.done_without_commit(command).await,
            Ok(_) => Ok(()),
            Err(crate::execute::ExecuteError::Refused(_)) => {
                self.done_without_commit(command).await
            }
            Err(other) => Err(other.into()),
        }
    }

    pub(super) async fn scenario_of(
        &self,
        state: &BotSession,
    ) -> Result<Arc<domain::bot::scenario::Scenario>, Stopped> {
        let definition = state
            .definition()
            .ok_or_else(|| Stopped::Broken("the session names no definition".to_owned()))?;
        let scenario = self.scenarios.find(definition).await?;
        scenario.ok_or_else(|| Stopped::Broken("the bot's definition is missing".to_owned()))
    }
}
