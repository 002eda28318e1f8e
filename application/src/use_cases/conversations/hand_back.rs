//! Handing back to bots: anew, or to the run that had left the conversation to people.

use domain::bot_session::BotSession;
use domain::conversation::{Conversation, ConversationCommand, Handler, Person};
use domain::ids::{BotId, ConversationId, SessionId};

use super::Conversations;
use crate::use_cases::{Request, UseCaseError, Written};

/// What shall become of a conversation that people give back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HandBackMode {
    /// The customer's next message starts a bot anew.
    #[default]
    Restart,
    /// The run that was taken over, or that handed over, asks again what it asked last.
    Resume,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandedBack {
    /// A run goes on. Asked for and not so: there is none that can, a bot starts anew.
    pub resumed: bool,
}

impl Conversations {
    /// Hands back: bots may answer again. What nobody holds stays as it is.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn hand_back(
        &self,
        request: &Request,
        id: ConversationId,
        by: &Person,
        mode: HandBackMode,
    ) -> Result<Written<HandedBack>, UseCaseError> {
        let now = self.clock.now();
        let resume = match mode {
            HandBackMode::Restart => None,
            HandBackMode::Resume => self.resumable(id).await?,
        };
        let (done, _) = self
            .execute(request, "hand_back", id, |_| {
                ConversationCommand::HandBack {
                    now,
                    by: by.clone(),
                    resume,
                }
            })
            .await?;
        let resumed = matches!(done.state.handler(), Handler::Bot { session, .. }
            if resume.is_some_and(|(_, run)| run == *session) || done.duplicate);
        Ok(Written {
            value: HandedBack { resumed },
            position: done.position,
        })
    }

    /// The run that left the conversation to people, if it can go on: it asked something, its bot still
    /// answers on the number, and the number is in use.
    async fn resumable(
        &self,
        id: ConversationId,
    ) -> Result<Option<(BotId, SessionId)>, UseCaseError> {
        let conversation = self.executor.load::<Conversation>(id.as_uuid()).await?;
        let Some((bot, session)) = conversation.left_run() else {
            return Ok(None);
        };
        let number = conversation.number();
        let facts = self.number_facts(number);
        let bound = number.and_then(|number| self.directory.bot(number));
        let answers = bound.is_some_and(|bound| bound.bot == bot);
        if !answers || !facts.is_active || facts.is_removed {
            return Ok(None);
        }
        let run = self.executor.load::<BotSession>(session.as_uuid()).await?;
        Ok(run.resumable().map(|_| (bot, session)))
    }
}
