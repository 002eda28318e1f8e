//! `/api/v1/admin/doctor`: what only the server can tell of itself, for `vestnik doctor`. Admins only.

use std::sync::Arc;

use application::use_cases::policy::Action;
use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use domain::ids::ConversationId;
use serde_json::{Value, json};

use super::App;
use super::path::PathPart;
use crate::auth::Actor;
use crate::doctor::{Finding, conversation, numbers};
use crate::i18n::Lang;
use crate::problem::Problem;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/doctor", get(look))
        .route("/doctor/conversations/{id}", get(explain))
}

/// Numbers with their tokens at Meta, bots, held items, read models, whether messages leave.
async fn look(
    State(app): State<Arc<App>>,
    Extension(lang): Extension<Lang>,
    actor: Actor,
) -> Result<Json<Value>, Problem> {
    actor.require(Action::Operate)?;
    Ok(shown(&numbers::look(&app).await?, lang))
}

/// Why the bot did or did not answer in a conversation.
async fn explain(
    State(app): State<Arc<App>>,
    Extension(lang): Extension<Lang>,
    actor: Actor,
    PathPart(id): PathPart,
) -> Result<Json<Value>, Problem> {
    actor.require(Action::Operate)?;
    let id: ConversationId = id.parse().map_err(|_| Problem::new("not_found"))?;
    Ok(shown(&conversation::explain(&app, id).await?, lang))
}

fn shown(findings: &[Finding], lang: Lang) -> Json<Value> {
    let findings: Vec<Value> = findings.iter().map(|one| one.to_json(lang)).collect();
    Json(json!({ "findings": findings }))
}
