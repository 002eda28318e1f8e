//! Relaying a session's decisions to Conversation, Contact and Deal.

use std::sync::Arc;

use domain::bot_session::{Action, BotSession, BotSessionEvent};
use domain::contact::{Contact, ContactCommand};
use domain::conversation::{ChangeCause, Conversation, ConversationCommand, QueueReply};
use domain::deal::{Deal, DealCommand, DealFields};
use domain::ids::{DealId, SessionId};

use super::{CarryOut, Stopped};
use crate::ports::process_store::StoredCommand;
use crate::use_cases::conversation_rows::conversation_row_ops;

impl CarryOut {
    /// Queues what a session composed.
    pub(super) async fn queue_reply(
        &self,
        command: &StoredCommand,
        session: SessionId,
        composed_position: u64,
    ) -> Result<(), Stopped> {
        let BotSessionEvent::MessageComposed {
            message,
            turn,
            node,
            personal,
        } = self.session_event_at(composed_position).await?
        else {
            return Err(Stopped::Broken(
                "the decision names no composed message".to_owned(),
            ));
        };
        let Some(composed) = personal.open() else {
            return self.done_without_commit(command).await;
        };
        let state: Arc<BotSession> = self.deps.executor.load(session.as_uuid()).await?;
        let (Some(bot), Some(version), Some(epoch)) = (state.bot(), state.version(), state.epoch())
        else {
            return Err(Stopped::Broken("the session does not exist".to_owned()));
        };
        let reply = QueueReply {
            now: self.deps.clock.now(),
            message,
            bot,
            version,
            session,
            turn,
            node,
            epoch,
            content: composed.content.clone(),
            number: self.number_facts(state.number()),
        };
        let done = Self::done(command);
        let id = command.conversation;
        let executed = self
            .deps
            .executor
            .execute::<Conversation>(
                id.as_uuid(),
                Self::intent(command, "reply", Some(composed_position)),
                ConversationCommand::QueueReply(reply),
                move |events, state| {
                    let mut row_ops = conversation_row_ops(id, events, state);
                    row_ops.push(done.clone());
                    row_ops
                },
            )
            .await?;
        if executed.events.is_empty() {
            self.done_without_commit(command).await?;
        }
        Ok(())
    }

    /// Sets an attribute of the contact from a saved answer or a `save_to_crm` action.
    pub(super) async fn set_attribute(
        &self,
        command: &StoredCommand,
        session: SessionId,
        value_position: u64,
    ) -> Result<(), Stopped> {
        let (key, personal) = match self.session_event_at(value_position).await? {
            BotSessionEvent::VariableSet { name, personal, .. } => (name, personal),
            BotSessionEvent::ActionTaken {
                action: Action::SaveToCrm { field },
                personal,
                ..
            } => (field, personal),
            _ => return Err(Stopped::Broken("the decision names no value".to_owned())),
        };
        let Some(value) = personal.open().map(|value| value.value.clone()) else {
            return self.done_without_commit(command).await;
        };
        let now = self.deps.clock.now();
        let set = ContactCommand::SetAttribute {
            now,
            key,
            value,
            session: Some(session),
        };
        self.tell_contact(command, set).await
    }

    /// Assigns a tag to the contact.
    pub(super) async fn assign_tag(
        &self,
        command: &StoredCommand,
        session: SessionId,
        value_position: u64,
    ) -> Result<(), Stopped> {
        let Some(tag) = self.action_value(value_position).await? else {
            return self.done_without_commit(command).await;
        };
        let now = self.deps.clock.now();
        let tag = tag.trim().chars().take(100).collect();
        self.tell_contact(
            command,
            ContactCommand::AssignTag {
                now,
                tag,
                session: Some(session),
            },
        )
        .await
    }

    /// Opens a deal.
    pub(super) async fn create_deal(
        &self,
        command: &StoredCommand,
        session: SessionId,
        deal: DealId,
        value_position: u64,
    ) -> Result<(), Stopped> {
        let Some(title) = self.action_value(value_position).await? else {
            return self.done_without_commit(command).await;
        };
        let (contact, _) = self.parties(command.conversation).await?;
        let state: Arc<BotSession> = self.deps.executor.load(session.as_uuid()).await?;
        let bot = state
            .bot()
            .ok_or_else(|| Stopped::Broken("the session does not exist".to_owned()))?;
        let attributes = {
            let contact: Arc<Contact> = self.deps.executor.load(contact.as_uuid()).await?;
            contact.attributes().clone()
        };
        let create = DealCommand::Create {
            now: self.deps.clock.now(),
            contact,
            conversation: command.conversation,
            bot,
            session,
            fields: DealFields { title, attributes },
        };
        let done = Self::done(command);
        let executed = self
            .deps
            .executor
            .execute::<Deal>(
                deal.as_uuid(),
                Self::intent(command, "deal", Some(value_position)),
                create,
                move |_, _| vec![done.clone()],
            )
            .await?;
        if executed.events.is_empty() {
            self.done_without_commit(command).await?;
        }
        Ok(())
    }

    /// Gives the conversation back when a session ended.
    pub(super) async fn release_bot(
        &self,
        command: &StoredCommand,
        session: SessionId,
        cause: ChangeCause,
    ) -> Result<(), Stopped> {
        let release = ConversationCommand::ReleaseBot {
            now: self.deps.clock.now(),
            session,
            cause,
        };
        let done = Self::done(command);
        let executed = self
            .deps
            .executor
            .execute::<Conversation>(
                command.conversation.as_uuid(),
                Self::intent(command, "release", None),
                release,
                move |_, _| vec![done.clone()],
            )
            .await?;
        if executed.events.is_empty() {
            self.done_without_commit(command).await?;
        }
        Ok(())
    }

    /// Executes a command on the conversation's contact. What the contact refuses (a value too long, an
    /// empty tag) is the author's mistake and stops no conversation: it is logged with its code.
    async fn tell_contact(
        &self,
        command: &StoredCommand,
        told: ContactCommand,
    ) -> Result<(), Stopped> {
        let (contact, _) = self.parties(command.conversation).await?;
        let done = Self::done(command);
        let executed = self
            .deps
            .executor
            .execute::<Contact>(
                contact.as_uuid(),
                Self::intent(command, "contact", None),
                told,
                move |_, _| vec![done.clone()],
            )
            .await;
        match executed {
            Ok(executed) if executed.events.is_empty() => self.done_without_commit(command).await,
            Ok(_) => Ok(()),
            Err(crate::execute::ExecuteError::Refused(refusal)) => {
                tracing::warn!(
                    conversation.id = %command.conversation,
                    code = domain::stream::Refusal::code(&refusal),
                    "a bot's value was refused by the contact"
                );
                self.done_without_commit(command).await
            }
            Err(other) => Err(other.into()),
        }
    }

    async fn action_value(&self, position: u64) -> Result<Option<String>, Stopped> {
        match self.session_event_at(position).await? {
            BotSessionEvent::ActionTaken { personal, .. } => {
                Ok(personal.open().map(|value| value.value.clone()))
            }
            _ => Err(Stopped::Broken("the decision names no action".to_owned())),
        }
    }
}
