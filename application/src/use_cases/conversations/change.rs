//! Closing and reopening.

use domain::conversation::{ConversationCommand, Person};
use domain::ids::ConversationId;

use super::Conversations;
use crate::use_cases::{Request, UseCaseError, Written};

impl Conversations {
    /// Closes; already closed: nothing happens.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn close(
        &self,
        request: &Request,
        id: ConversationId,
        by: &Person,
    ) -> Result<Written<()>, UseCaseError> {
        let now = self.clock.now();
        let (done, _) = self
            .execute(request, "close", id, |queued_bot_messages| {
                ConversationCommand::Close {
                    now,
                    by: by.clone(),
                    queued_bot_messages,
                }
            })
            .await?;
        Ok(Written {
            value: (),
            position: done.position,
        })
    }

    /// Reopens; already open: nothing happens.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn reopen(
        &self,
        request: &Request,
        id: ConversationId,
        by: &Person,
    ) -> Result<Written<()>, UseCaseError> {
        let now = self.clock.now();
        let (done, _) = self
            .execute(request, "reopen", id, |_| ConversationCommand::Reopen {
                now,
                by: by.clone(),
            })
            .await?;
        Ok(Written {
            value: (),
            position: done.position,
        })
    }
}
