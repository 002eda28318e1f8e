//! Starting the number's bot on a message, or recording why none starts.

use domain::bot_session::{BotSession, BotSessionCommand, Input, StartSession, TurnContext};
use domain::contact::Contact;
use domain::conversation::{
    ChangeCause, Conversation, ConversationCommand, ConversationError, Handler, UnansweredReason,
};
use domain::ids::{BotId, ContactId, ConversationId, MessageId, SessionId};
use domain::message::Content;
use domain::send_guard::window_closes_at;

use super::{CarryOut, ReceivedEvent, Stopped};
use crate::execute::{ExecuteError, Executed};
use crate::ports::cloud_api::Credentials;
use crate::ports::directory::BoundBot;
use crate::ports::process_store::StoredCommand;

impl CarryOut {
    /// Engages the number's active bot and runs its first turn.
    pub(super) async fn start_bot(
        &self,
        command: &StoredCommand,
        session: SessionId,
        message_position: u64,
    ) -> Result<(), Stopped> {
        let received = self.received_at(message_position).await?;
        let conversation: std::sync::Arc<Conversation> = self
            .deps
            .executor
            .load(command.conversation.as_uuid())
            .await?;
        let (Some(number), Some(contact)) = (conversation.number(), conversation.contact()) else {
            return Err(Stopped::Broken(
                "the conversation does not exist".to_owned(),
            ));
        };
        if let Handler::Bot {
            bot,
            session: engaged,
        } = conversation.handler()
            && *engaged == session
        {
            return self
                .go_on_starting(command, session, (message_position, &received), *bot)
                .await;
        }
        let facts = self.number_facts(Some(number));
        let Some(bound) = self.deps.directory.bot(number) else {
            return self
                .leave_unanswered(command, received.message, UnansweredReason::NoActiveBot)
                .await;
        };
        if !facts.is_active || facts.is_removed {
            return self
                .leave_unanswered(command, received.message, UnansweredReason::NumberInactive)
                .await;
        }
        if self.deps.clock.now() > window_closes_at(received.provider_at) {
            return self
                .leave_unanswered(command, received.message, UnansweredReason::TooOld)
                .await;
        }
        let engaged = self
            .engage(command, session, &bound, received.message, &conversation)
            .await;
        let engaged = match engaged {
            Ok(engaged) => engaged,
            Err(ExecuteError::Refused(
                ConversationError::NotFree | ConversationError::StaleEpoch,
            )) => {
                return self
                    .route_again(command, message_position, received.message)
                    .await;
            }
            Err(other) => return Err(other.into()),
        };
        self.show_typing(&received, number);
        let epoch = match engaged.state.handler() {
            Handler::Bot {
                session: engaged_session,
                ..
            } if *engaged_session == session => engaged.state.epoch(),
            // A duplicate of an engagement that has ended since: the session has had its turn.
            _ => return self.done_without_commit(command).await,
        };
        let start = StartSession {
            session,
            conversation: command.conversation,
            contact,
            number,
            bot: bound.bot,
            version: bound.version,
            definition: bound.definition.clone(),
            epoch,
            trigger: Some(input_of(&received)),
        };
        self.run_first_turn(command, message_position, start).await
    }

    /// The bot took the conversation in an earlier try, which ended before its first turn: that turn is run,
    /// or the conversation given back if the bot no longer answers on the number.
    async fn go_on_starting(
        &self,
        command: &StoredCommand,
        session: SessionId,
        (message_position, received): (u64, &ReceivedEvent),
        bot: BotId,
    ) -> Result<(), Stopped> {
        let executor = &self.deps.executor;
        let conversation: std::sync::Arc<Conversation> =
            executor.load(command.conversation.as_uuid()).await?;
        let (contact, number) = self.parties(command.conversation).await?;
        let bound = self.deps.directory.bot(number);
        if let Some(bound) = bound.filter(|bound| bound.bot == bot) {
            let start = StartSession {
                session,
                conversation: command.conversation,
                contact,
                number,
                bot,
                version: bound.version,
                definition: bound.definition.clone(),
                epoch: conversation.epoch(),
                trigger: Some(input_of(received)),
            };
            return self.run_first_turn(command, message_position, start).await;
        }
        let state: std::sync::Arc<BotSession> = executor.load(session.as_uuid()).await?;
        if state.session().is_some() {
            return self.done_without_commit(command).await;
        }
        let release = ConversationCommand::ReleaseBot {
            now: self.deps.clock.now(),
            session,
            cause: ChangeCause::BotFailed,
        };
        executor
            .execute::<Conversation>(
                command.conversation.as_uuid(),
                Self::intent(command, "never-started", None),
                release,
                |_, _| Vec::new(),
            )
            .await?;
        self.leave_unanswered(command, received.message, UnansweredReason::BotFailed)
            .await
    }

    async fn engage(
        &self,
        command: &StoredCommand,
        session: SessionId,
        bound: &BoundBot,
        trigger: MessageId,
        conversation: &Conversation,
    ) -> Result<Executed<Conversation>, ExecuteError<ConversationError>> {
        let engage = ConversationCommand::EngageBot {
            now: self.deps.clock.now(),
            bot: bound.bot,
            session,
            expected_epoch: conversation.epoch(),
            trigger: Some(trigger),
        };
        let intent = Self::intent(command, "engage", None);
        self.deps
            .executor
            .execute(command.conversation.as_uuid(), intent, engage, |_, _| {
                Vec::new()
            })
            .await
    }

    async fn run_first_turn(
        &self,
        command: &StoredCommand,
        message_position: u64,
        start: StartSession,
    ) -> Result<(), Stopped> {
        let Some(scenario) = self.scenarios.find(&start.definition).await? else {
            return Err(Stopped::Broken(
                "the bot's definition is missing".to_owned(),
            ));
        };
        let session = start.session;
        let context = self.context(start.contact).await?;
        let done = Self::done(command);
        let executed = self
            .deps
            .executor
            .execute::<BotSession>(
                session.as_uuid(),
                Self::intent(command, "start", Some(message_position)),
                BotSessionCommand::Start {
                    start,
                    scenario,
                    context,
                },
                move |_, _| vec![done.clone()],
            )
            .await?;
        if executed.events.is_empty() {
            self.done_without_commit(command).await?;
        }
        Ok(())
    }

    /// The conversation was not free: give the message to whoever has it now.
    async fn route_again(
        &self,
        command: &StoredCommand,
        message_position: u64,
        message: MessageId,
    ) -> Result<(), Stopped> {
        let conversation: std::sync::Arc<Conversation> = self
            .deps
            .executor
            .load(command.conversation.as_uuid())
            .await?;
        match conversation.handler() {
            Handler::Bot { session, .. } => {
                self.take_existing(command, *session, message_position)
                    .await
            }
            Handler::Person(_) => {
                self.leave_unanswered(command, message, UnansweredReason::HandledByPerson)
                    .await
            }
            Handler::Nobody if conversation.awaiting_people_since().is_some() => {
                self.leave_unanswered(command, message, UnansweredReason::AwaitingPeople)
                    .await
            }
            Handler::Nobody => {
                self.leave_unanswered(command, message, UnansweredReason::SessionEnded)
                    .await
            }
        }
    }

    /// Records why no bot answers.
    pub(super) async fn leave_unanswered(
        &self,
        command: &StoredCommand,
        message: MessageId,
        reason: UnansweredReason,
    ) -> Result<(), Stopped> {
        let done = Self::done(command);
        let executed = self
            .deps
            .executor
            .execute::<Conversation>(
                command.conversation.as_uuid(),
                Self::intent(command, "unanswered", None),
                ConversationCommand::LeaveUnanswered {
                    now: self.deps.clock.now(),
                    message,
                    reason,
                },
                move |_, _| vec![done.clone()],
            )
            .await?;
        if executed.events.is_empty() {
            self.done_without_commit(command).await?;
        }
        Ok(())
    }

    /// Facts of the world for a turn.
    pub(super) async fn context(&self, contact: ContactId) -> Result<TurnContext, Stopped> {
        let contact: std::sync::Arc<Contact> = self.deps.executor.load(contact.as_uuid()).await?;
        Ok(TurnContext {
            now: self.deps.clock.now(),
            attributes: contact.attributes().clone(),
            tags: contact.tags().clone(),
            expiry_seconds: self.deps.session_expiry_seconds,
            log_epoch: self.deps.executor.log().epoch(),
        })
    }

    /// Marks the message as read and shows that someone is typing; best effort. Not while the outbox is
    /// frozen: nobody would see an answer.
    pub(super) fn show_typing(&self, received: &ReceivedEvent, number: domain::ids::NumberId) {
        if self.deps.outbox.frozen().is_some() {
            return;
        }
        let Some(body) = &received.body else { return };
        let Some(number) = self.deps.directory.number(number) else {
            return;
        };
        let Some(access_token) = number.access_token.clone() else {
            return;
        };
        let credentials = Credentials {
            phone_number_id: number.row.phone_number_id.clone(),
            kind: number.row.kind,
            access_token,
        };
        let (cloud_api, wamid) = (self.deps.cloud_api.clone(), body.wamid.clone());
        self.deps.tasks.spawn(async move {
            cloud_api.mark_read(&credentials, &wamid, true).await;
        });
    }

    /// The conversation's contact and number; an error if the conversation does not exist.
    pub(super) async fn parties(
        &self,
        conversation: ConversationId,
    ) -> Result<(ContactId, domain::ids::NumberId), Stopped> {
        let state: std::sync::Arc<Conversation> =
            self.deps.executor.load(conversation.as_uuid()).await?;
        match (state.contact(), state.number()) {
            (Some(contact), Some(number)) => Ok((contact, number)),
            _ => Err(Stopped::Broken(
                "the conversation does not exist".to_owned(),
            )),
        }
    }
}

/// A received message as the interpreter sees it.
pub(super) fn input_of(received: &ReceivedEvent) -> Input {
    let content = received.body.as_ref().map(|body| &body.content);
    Input {
        message: received.message,
        received_at: received.received_at,
        text: content.and_then(Content::input_text),
        press: content.and_then(Content::press),
    }
}
