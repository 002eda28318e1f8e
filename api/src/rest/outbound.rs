//! `/api/v1/admin/outbound`: whether messages leave, and letting them leave after a restore. Admins only.

use std::sync::Arc;

use application::use_cases::policy::Action;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::App;
use super::body::{Fields, JsonBody};
use crate::auth::Actor;
use crate::problem::Problem;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/outbound", get(status))
        .route("/outbound/release", post(release))
}

/// Whether messages leave, since when not, and how many wait.
async fn status(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<Value>, Problem> {
    actor.require(Action::Operate)?;
    let status = app.outbound.status().await?;
    Ok(Json(json!({
        "frozen": status.freeze.is_some(),
        "restored_at": status.freeze.map(|freeze| freeze.since.to_rfc3339_millis()),
        "restored_through": status.freeze.map(|freeze| freeze.through),
        "waiting": status.waiting,
    })))
}

/// Lets messages leave: `{"discard": true}` declares unknown what waits now.
async fn release(
    State(app): State<Arc<App>>,
    actor: Actor,
    body: JsonBody,
) -> Result<Json<Value>, Problem> {
    actor.require(Action::Operate)?;
    let mut fields = Fields::of(&body);
    let discard = fields.boolean("discard").value().unwrap_or(false);
    fields.finish()?;
    let released = app.outbound.release(&actor.as_metadata(), discard).await?;
    Ok(Json(json!({
        "was_frozen": released.was_frozen,
        "discarded": released.discarded,
        "leaving": released.leaving,
    })))
}
