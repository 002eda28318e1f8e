//! Saved views: one's own, and those shared with everyone, which only some roles may change.

use std::sync::Arc;

use domain::ids::{SavedViewId, TokenId};
use domain::saved_view::{SavedView, SavedViewCommand, SavedViewContent};

use super::policy::Action;
use super::{Request, UseCaseError, Written};
use crate::execute::Executor;
use crate::ports::clock::Clock;

/// Uses of saved views.
#[derive(Clone, Debug)]
pub struct SavedViews {
    /// Runs the commands.
    pub executor: Arc<Executor>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl SavedViews {
    /// What one must be allowed to do to change a view: who may change shared ones cannot be told before
    /// the view is read. One that does not exist is treated like one's own.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn action(&self, id: SavedViewId) -> Result<Action, UseCaseError> {
        let view = self.executor.load::<SavedView>(id.as_uuid()).await?;
        let is_shared = view.exists() && view.owner().is_none();
        Ok(if is_shared {
            Action::SharedViews
        } else {
            Action::OwnViews
        })
    }

    /// Saves a view; without an owner it is shared.
    ///
    /// # Errors
    /// Rejected: `name`, `filter.tag`. Unavailable.
    pub async fn save(
        &self,
        request: &Request,
        owner: Option<TokenId>,
        content: SavedViewContent,
    ) -> Result<Written<SavedViewId>, UseCaseError> {
        let id = SavedViewId::new(request.id("saved_view"));
        let command = SavedViewCommand::Save {
            now: self.clock.now(),
            name: content.name,
            owner,
            filter: content.filter,
            sort: content.sort,
        };
        self.execute(request, "save", id, command).await
    }

    /// Changes a view; the same: nothing happens. Whose it is never changes.
    ///
    /// # Errors
    /// Rejected: `name`, `filter.tag`. Not found (also another person's), unavailable.
    pub async fn edit(
        &self,
        request: &Request,
        id: SavedViewId,
        by: TokenId,
        content: SavedViewContent,
    ) -> Result<Written<SavedViewId>, UseCaseError> {
        let command = SavedViewCommand::Edit {
            now: self.clock.now(),
            by,
            name: content.name,
            filter: content.filter,
            sort: content.sort,
        };
        self.execute(request, "edit", id, command).await
    }

    /// Takes a view away; already gone: nothing happens.
    ///
    /// # Errors
    /// Not found (also another person's), unavailable.
    pub async fn remove(
        &self,
        request: &Request,
        id: SavedViewId,
        by: TokenId,
    ) -> Result<Written<SavedViewId>, UseCaseError> {
        let command = SavedViewCommand::Remove {
            now: self.clock.now(),
            by,
        };
        self.execute(request, "remove", id, command).await
    }

    async fn execute(
        &self,
        request: &Request,
        step: &str,
        id: SavedViewId,
        command: SavedViewCommand,
    ) -> Result<Written<SavedViewId>, UseCaseError> {
        let done = self
            .executor
            .execute::<SavedView>(id.as_uuid(), request.intent(step), command, |_, _| {
                Vec::new()
            })
            .await?;
        Ok(Written {
            value: id,
            position: done.position,
        })
    }
}
