//! Mutations of saved views.

use application::use_cases::policy::Action;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::ids::SavedViewId;
use domain::saved_view::SavedViewContent;

use super::SavedView;
use super::filter::SavedViewFilterInput;
use crate::graphql::context::{app, caller};
use crate::graphql::conversation::ConversationSort;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::outcome::Outcome;
use crate::graphql::write::{Answer, Call, Change, write};
use crate::problem::Problem;

/// What a view shows.
#[derive(InputObject)]
pub(crate) struct SavedViewContentInput {
    /// What people call it, 1 to 100 characters.
    name: String,
    /// Which conversations.
    #[graphql(default)]
    filter: SavedViewFilterInput,
    /// In which order.
    #[graphql(default)]
    sort: ConversationSort,
}

/// A view to save.
#[derive(InputObject)]
pub(crate) struct SaveViewInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// What it shows.
    content: SavedViewContentInput,
    /// Share it with everyone, which not every role may do.
    #[graphql(default = false)]
    is_shared: bool,
}

/// A view as it shall be.
#[derive(InputObject)]
pub(crate) struct EditViewInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The view.
    saved_view: ID,
    /// What it shows.
    content: SavedViewContentInput,
}

/// A view to remove.
#[derive(InputObject)]
pub(crate) struct RemoveViewInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The view.
    saved_view: ID,
}

/// What came of a mutation of a view.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum SavedViewMutationStatus {
    /// Done, also where it was so before.
    Done,
    /// Fields cannot be accepted, see `violations`.
    Invalid,
}

/// What a mutation of a view answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct SavedViewPayload {
    /// What came of it.
    status: SavedViewMutationStatus,
    /// The view as it is now; null once it is removed.
    saved_view: Option<SavedView>,
    /// The rest.
    #[graphql(flatten)]
    outcome: Outcome,
}

/// Mutations of saved views.
#[derive(Debug, Default)]
pub(crate) struct SavedViewMutations;

#[Object]
impl SavedViewMutations {
    /// Saves a view of the inbox.
    #[graphql(guard = "Can(Action::OwnViews)")]
    async fn save_view(
        &self,
        ctx: &Context<'_>,
        input: SaveViewInput,
    ) -> Result<SavedViewPayload, Problem> {
        let (app, actor) = (app(ctx)?, &caller(ctx)?.actor);
        if input.is_shared {
            actor.require(Action::SharedViews)?;
        }
        let owner = (!input.is_shared).then_some(actor.id);
        let call = Call::new("saveView", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, refusal, async |request| {
            let content = input.content.content()?;
            let written = app.saved_views.save(&request, owner, content).await?;
            Ok(change(written.value, written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Changes a view; whose it is stays.
    #[graphql(guard = "Can(Action::OwnViews)")]
    async fn edit_view(
        &self,
        ctx: &Context<'_>,
        input: EditViewInput,
    ) -> Result<SavedViewPayload, Problem> {
        let (app, actor) = (app(ctx)?, &caller(ctx)?.actor);
        let id = view_id(&input.saved_view)?;
        actor.require(app.saved_views.action(id).await?)?;
        let call = Call::new("editView", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, refusal, async |request| {
            let content = input.content.content()?;
            let written = app
                .saved_views
                .edit(&request, id, actor.id, content)
                .await?;
            Ok(change(written.value, written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Takes a view away.
    #[graphql(guard = "Can(Action::OwnViews)")]
    async fn remove_view(
        &self,
        ctx: &Context<'_>,
        input: RemoveViewInput,
    ) -> Result<SavedViewPayload, Problem> {
        let (app, actor) = (app(ctx)?, &caller(ctx)?.actor);
        let id = view_id(&input.saved_view)?;
        actor.require(app.saved_views.action(id).await?)?;
        let call = Call::new("removeView", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, refusal, async |request| {
            let written = app.saved_views.remove(&request, id, actor.id).await?;
            Ok(change(written.value, written.position))
        })
        .await?;
        payload(ctx, done).await
    }
}

impl SavedViewContentInput {
    fn content(&self) -> Result<SavedViewContent, Problem> {
        Ok(SavedViewContent {
            name: self.name.clone(),
            filter: self.filter.view()?,
            sort: self.sort.into(),
        })
    }
}

fn view_id(id: &ID) -> Result<SavedViewId, Problem> {
    Kind::SavedView.parse("savedView", id)
}

const fn change(id: SavedViewId, position: u64) -> Change {
    Change {
        subject: id.as_uuid(),
        position,
    }
}

fn refusal(code: &str) -> Option<SavedViewMutationStatus> {
    (code == "validation_failed").then_some(SavedViewMutationStatus::Invalid)
}

async fn payload(
    ctx: &Context<'_>,
    answer: Answer<SavedViewMutationStatus>,
) -> Result<SavedViewPayload, Problem> {
    let viewer = caller(ctx)?.actor.id;
    let saved_view = match answer.subject {
        Some(id) => {
            let reads = app(ctx)?.reads();
            reads.saved_view(viewer, SavedViewId::new(id)).await?
        }
        None => None,
    };
    Ok(SavedViewPayload {
        status: answer.refusal.unwrap_or(SavedViewMutationStatus::Done),
        saved_view: saved_view.map(SavedView),
        outcome: answer.outcome,
    })
}
