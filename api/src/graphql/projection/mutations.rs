//! Rebuilding read models.

use std::sync::{Arc, Mutex, PoisonError};

use application::use_cases::policy::Action;
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use futures::channel::oneshot;
use projections::ProjectionError;
use uuid::Uuid;

use super::ProjectionStatus;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::outcome::Outcome;
use crate::graphql::write::{Call, Change, write};
use crate::problem::Problem;
use crate::rest::App;

/// A read model to build anew.
#[derive(InputObject)]
pub(crate) struct RebuildProjectionInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// Its name, see `projections`.
    name: String,
}

/// What came of asking for a rebuild.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum RebuildStatus {
    /// It goes on beside the live build, or is done already; `projections` tells how far it is.
    Started,
    /// Another rebuild is running: wait until it ends.
    Busy,
}

/// What asking for a rebuild answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct RebuildPayload {
    /// What came of it.
    status: RebuildStatus,
    /// The builds of this read model.
    projections: Vec<ProjectionStatus>,
    /// The rest.
    #[graphql(flatten)]
    outcome: Outcome,
}

/// Mutations of read models.
#[derive(Debug, Default)]
pub(crate) struct ProjectionMutations;

#[Object]
impl ProjectionMutations {
    /// Builds a read model anew from the log; the present one answers until the new one has caught up.
    #[graphql(guard = "Can(Action::Operate)")]
    async fn rebuild_projection(
        &self,
        ctx: &Context<'_>,
        input: RebuildProjectionInput,
    ) -> Result<RebuildPayload, Problem> {
        let app = app(ctx)?;
        let builds = || {
            let builds = app.projections.list().into_iter();
            builds.filter(|one| one.name == input.name)
        };
        if builds().next().is_none() {
            return Err(Problem::new("not_found"));
        }
        let call = Call::new(
            "rebuildProjection",
            input.client_mutation_id.as_ref(),
            &input,
        );
        let busy = |code: &str| (code == "conflict").then_some(RebuildStatus::Busy);
        let done = write(ctx, call, busy, async |_request| {
            start(app, input.name.clone()).await?;
            Ok(Change {
                subject: Uuid::nil(),
                position: 0,
            })
        })
        .await?;
        Ok(RebuildPayload {
            status: done.refusal.unwrap_or(RebuildStatus::Started),
            projections: builds().map(ProjectionStatus).collect(),
            outcome: done.outcome,
        })
    }
}

/// Starts a rebuild and returns when it is under way, done or refused.
async fn start(app: &Arc<App>, name: String) -> Result<(), Problem> {
    let (sender, begun) = oneshot::channel::<Result<(), ProjectionError>>();
    let sender = Arc::new(Mutex::new(Some(sender)));
    let tell = move |result| {
        let mut sender = sender.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = sender.take() {
            // A caller that went away does not stop a rebuild.
            let _ = sender.send(result);
        }
    };
    let projections = Arc::clone(&app.projections);
    app.conversations.tasks.spawn(async move {
        let built = projections.rebuild(&name, |_, _| tell(Ok(()))).await;
        if let Err(error) = &built {
            tracing::warn!(projection = name, %error, "a rebuild ended early");
        }
        tell(built);
    });
    match begun.await {
        Ok(result) => Ok(result?),
        Err(_) => Err(ProjectionError::Stopping.into()),
    }
}
