//! A person takes a conversation over: what the bot has queued is canceled in the same commit.

use domain::conversation::{ConversationCommand, Person};
use domain::ids::ConversationId;

use super::Conversations;
use crate::use_cases::{Request, UseCaseError, Written};

/// What a take-over found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenOver {
    /// Bot messages that were already on their way and will still arrive.
    pub attempting: usize,
}

impl Conversations {
    /// Takes over; again by the same person: nothing happens.
    ///
    /// # Errors
    /// Not found; conflict `already_taken` with the holder, unless `force`; unavailable.
    pub async fn take_over(
        &self,
        request: &Request,
        id: ConversationId,
        by: &Person,
        force: bool,
        note: Option<String>,
    ) -> Result<Written<TakenOver>, UseCaseError> {
        let now = self.clock.now();
        let (done, attempting) = self
            .execute(request, "take_over", id, |queued_bot_messages| {
                ConversationCommand::TakeOver {
                    now,
                    by: by.clone(),
                    force,
                    note: note.clone(),
                    queued_bot_messages,
                }
            })
            .await?;
        if !done.events.is_empty() {
            self.show_read(&done.state, true);
        }
        Ok(Written {
            value: TakenOver { attempting },
            position: done.position,
        })
    }
}
