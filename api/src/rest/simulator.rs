//! The simulator's routes beside REST. Its Graph API asks for the number's own token, its phones for one
//! that may write to customers.

use std::sync::Arc;

use application::use_cases::policy::Action;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use super::App;
use crate::auth::Actor;
use crate::problem::Problem;
use crate::simulator::{Simulator, product};

pub(super) fn router(simulator: &Simulator, app: &Arc<App>) -> Router {
    product::router(simulator, |phones| {
        phones.layer(from_fn_with_state(Arc::clone(app), guard))
    })
}

async fn guard(actor: Actor, request: Request, next: Next) -> Result<Response, Problem> {
    actor.require(Action::Send)?;
    Ok(next.run(request).await)
}
