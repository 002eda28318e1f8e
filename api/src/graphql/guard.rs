//! The coarse guard on fields: what the policy says of the caller's role.

use application::use_cases::policy::Action;
use async_graphql::{Context, Guard, Result};

use super::context::caller;

/// Lets callers pass whose role may do this; written on the field, so that it is seen there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Can(pub(super) Action);

impl Guard for Can {
    async fn check(&self, context: &Context<'_>) -> Result<()> {
        Ok(caller(context)?.actor.require(self.0)?)
    }
}
