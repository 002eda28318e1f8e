//! Quick replies: add, change, remove. They are everyone's.

use std::sync::Arc;

use domain::ids::QuickReplyId;
use domain::quick_reply::{QuickReply, QuickReplyCommand, Texts};

use super::{Request, UseCaseError, Written};
use crate::execute::Executor;
use crate::ports::clock::Clock;

/// Uses of quick replies.
#[derive(Clone, Debug)]
pub struct QuickReplies {
    /// Runs the commands.
    pub executor: Arc<Executor>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl QuickReplies {
    /// Adds one.
    ///
    /// # Errors
    /// Rejected: `shortcut`, `texts`. Unavailable.
    pub async fn add(
        &self,
        request: &Request,
        shortcut: String,
        texts: Texts,
    ) -> Result<Written<QuickReplyId>, UseCaseError> {
        let id = QuickReplyId::new(request.id("quick_reply"));
        let command = QuickReplyCommand::Add {
            now: self.clock.now(),
            shortcut,
            texts,
        };
        self.execute(request, "add", id, command).await
    }

    /// Changes shortcut and texts; the same: nothing happens.
    ///
    /// # Errors
    /// Rejected: `shortcut`, `texts`. Not found, unavailable.
    pub async fn edit(
        &self,
        request: &Request,
        id: QuickReplyId,
        shortcut: String,
        texts: Texts,
    ) -> Result<Written<QuickReplyId>, UseCaseError> {
        let command = QuickReplyCommand::Edit {
            now: self.clock.now(),
            shortcut,
            texts,
        };
        self.execute(request, "edit", id, command).await
    }

    /// Takes one away; already gone: nothing happens.
    ///
    /// # Errors
    /// Not found, unavailable.
    pub async fn remove(
        &self,
        request: &Request,
        id: QuickReplyId,
    ) -> Result<Written<QuickReplyId>, UseCaseError> {
        let command = QuickReplyCommand::Remove {
            now: self.clock.now(),
        };
        self.execute(request, "remove", id, command).await
    }

    async fn execute(
        &self,
        request: &Request,
        step: &str,
        id: QuickReplyId,
        command: QuickReplyCommand,
    ) -> Result<Written<QuickReplyId>, UseCaseError> {
        let done = self
            .executor
            .execute::<QuickReply>(id.as_uuid(), request.intent(step), command, |_, _| {
                Vec::new()
            })
            .await?;
        Ok(Written {
            value: id,
            position: done.position,
        })
    }
}
