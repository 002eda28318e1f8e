//! Telling a customer who waits for people that nobody answers at this hour.

use std::sync::Arc;

use domain::conversation::{Conversation, ConversationCommand, OutOfHours};
use domain::ids::{MessageId, derive_at};
use domain::settings::{Settings, is_open, settings_id};

use super::{CarryOut, Stopped};
use crate::local_time::local;
use crate::ports::process_store::StoredCommand;
use crate::use_cases::conversation_rows::conversation_row_ops;

impl CarryOut {
    /// Gathers the facts of the settings; the conversation decides whether anything is said. A text that the
    /// guard refuses is not said, and nobody has to be told: people are awaited already.
    pub(super) async fn tell_out_of_hours(&self, command: &StoredCommand) -> Result<(), Stopped> {
        let (_, number) = self.parties(command.conversation).await?;
        let settings: Arc<Settings> = self.deps.executor.load(settings_id()).await?;
        let Some(hours) = settings.number(number).filter(|set| set.text.is_some()) else {
            return self.done_without_commit(command).await;
        };
        let now = self.deps.clock.now();
        let is_open = local(settings.time_zone(), now)
            .is_none_or(|(day, time)| is_open(&hours.hours, day, time));
        let told = OutOfHours {
            now,
            message: MessageId::new(derive_at(
                now,
                format!("out_of_hours|{}", command.id).as_bytes(),
            )),
            is_open,
            text: hours.text.clone(),
            number: self.number_facts(Some(number)),
        };
        let done = Self::done(command);
        let id = command.conversation;
        let mut intent = Self::intent(command, "out-of-hours", None);
        "system".clone_into(&mut intent.metadata.actor);
        let executed = self
            .deps
            .executor
            .execute::<Conversation>(
                id.as_uuid(),
                intent,
                ConversationCommand::TellOutOfHours(told),
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
}
