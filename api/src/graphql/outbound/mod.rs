//! Whether messages leave: after a restore they are held until somebody lets them go.

use application::use_cases::policy::Action;
use async_graphql::{Context, InputObject, Object, SimpleObject};
use uuid::Uuid;

use super::context::{app, caller};
use super::guard::Can;
use super::outcome::Outcome;
use super::time::DateTime;
use super::write::{Call, Change, write};
use crate::problem::Problem;

/// Whether messages leave.
#[derive(Debug, SimpleObject)]
pub(crate) struct OutboundState {
    /// Whether they are held since a restore.
    is_frozen: bool,
    /// When the installation was restored.
    restored_at: Option<DateTime>,
    /// Messages that wait.
    waiting: u64,
}

/// Held messages to let go.
#[derive(InputObject)]
pub(crate) struct ReleaseOutboundInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// Declare unknown what waits now, instead of sending it.
    #[graphql(default = false)]
    discard: bool,
}

/// What letting messages go answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct ReleaseOutboundPayload {
    /// Whether they were held until now; null where it was done before under this `clientMutationId`.
    was_frozen: Option<bool>,
    /// Messages that were declared unknown.
    discarded: Option<u64>,
    /// Messages that leave now.
    leaving: Option<u64>,
    /// The rest.
    #[graphql(flatten)]
    outcome: Outcome,
}

/// Queries about outbound messages.
#[derive(Debug, Default)]
pub(crate) struct OutboundQueries;

#[Object]
impl OutboundQueries {
    /// Whether messages leave, and how many wait.
    #[graphql(guard = "Can(Action::Operate)")]
    async fn outbound(&self, ctx: &Context<'_>) -> Result<OutboundState, Problem> {
        let status = app(ctx)?.outbound.status().await?;
        Ok(OutboundState {
            is_frozen: status.freeze.is_some(),
            restored_at: status.freeze.map(|freeze| freeze.since.into()),
            waiting: status.waiting as u64,
        })
    }
}

/// Mutations of outbound messages.
#[derive(Debug, Default)]
pub(crate) struct OutboundMutations;

#[Object]
impl OutboundMutations {
    /// Lets messages leave again after a restore.
    #[graphql(guard = "Can(Action::Operate)")]
    async fn release_outbound(
        &self,
        ctx: &Context<'_>,
        input: ReleaseOutboundInput,
    ) -> Result<ReleaseOutboundPayload, Problem> {
        let (app, actor) = (app(ctx)?, &caller(ctx)?.actor);
        let mut released = None;
        let call = Call::new("releaseOutbound", input.client_mutation_id.as_ref(), &input);
        let done = write(
            ctx,
            call,
            |_| None::<()>,
            async |_request| {
                let by = actor.as_metadata();
                released = Some(app.outbound.release(&by, input.discard).await?);
                Ok(Change {
                    subject: Uuid::nil(),
                    position: 0,
                })
            },
        )
        .await?;
        Ok(ReleaseOutboundPayload {
            was_frozen: released.map(|released| released.was_frozen),
            discarded: released.map(|released| released.discarded),
            leaving: released.map(|released| released.leaving),
            outcome: done.outcome,
        })
    }
}
