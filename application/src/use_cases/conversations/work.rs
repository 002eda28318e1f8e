//! Assigning, leaving notes, marking as read.

use domain::api_token::{ApiToken, Role};
use domain::conversation::{Conversation, ConversationCommand, Person};
use domain::ids::{ConversationId, MessageId, TokenId};

use super::Conversations;
use crate::use_cases::{Request, UseCaseError, Written};

impl Conversations {
    /// Assigns to a person, or to nobody; so already: nothing happens.
    ///
    /// # Errors
    /// Rejected: `assignee` is nobody who can work on conversations. Not found, unavailable.
    pub async fn assign(
        &self,
        request: &Request,
        id: ConversationId,
        to: Option<TokenId>,
        by: &Person,
    ) -> Result<Written<()>, UseCaseError> {
        if let Some(person) = to {
            self.check_assignee(person).await?;
        }
        let command = ConversationCommand::Assign {
            now: self.clock.now(),
            to,
            by: by.clone(),
        };
        self.record(request, "assign", id, command).await
    }

    /// Leaves a note that only people here see.
    ///
    /// # Errors
    /// Rejected: `note`. Not found, unavailable.
    pub async fn note(
        &self,
        request: &Request,
        id: ConversationId,
        by: &Person,
        text: String,
    ) -> Result<Written<()>, UseCaseError> {
        let command = ConversationCommand::Note {
            now: self.clock.now(),
            by: by.clone(),
            text,
        };
        self.record(request, "note", id, command).await
    }

    /// Marks as read up to the last message that was seen, or all of it. The customer sees it too, once
    /// nothing is left unread.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn mark_read(
        &self,
        request: &Request,
        id: ConversationId,
        by: &Person,
        up_to: Option<MessageId>,
    ) -> Result<Written<()>, UseCaseError> {
        let now = self.clock.now();
        let (done, _) = self
            .execute(request, "mark_read", id, |_| {
                ConversationCommand::MarkRead {
                    now,
                    by: by.clone(),
                    up_to,
                }
            })
            .await?;
        if !done.events.is_empty() && done.state.unread() == 0 {
            self.show_read(&done.state, false);
        }
        Ok(Written {
            value: (),
            position: done.position,
        })
    }

    async fn check_assignee(&self, person: TokenId) -> Result<(), UseCaseError> {
        let token = self.executor.load::<ApiToken>(person.as_uuid()).await?;
        let works = !token.is_revoked() && matches!(token.role(), Some(Role::Admin | Role::Agent));
        if works {
            return Ok(());
        }
        Err(UseCaseError::field(
            "assignee",
            "unknown_person",
            "is nobody who works on conversations: name a token of role admin or agent that is not revoked",
        ))
    }

    async fn record(
        &self,
        request: &Request,
        step: &str,
        id: ConversationId,
        command: ConversationCommand,
    ) -> Result<Written<()>, UseCaseError> {
        let done = self
            .executor
            .execute::<Conversation>(id.as_uuid(), request.intent(step), command, |_, _| {
                Vec::new()
            })
            .await?;
        Ok(Written {
            value: (),
            position: done.position,
        })
    }
}
