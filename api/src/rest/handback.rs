//! `POST /conversations/{id}/handback`: nobody handles it, bots may start again.

use std::sync::Arc;

use application::use_cases::conversations::HandBackMode;
use application::use_cases::policy::Action;
use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::App;
use super::body::JsonBody;
use super::conversations::{changed, parse, read};
use super::path::PathPart;
use super::write::{WriteHead, write};
use crate::auth::Actor;
use crate::problem::Problem;

/// Hands a conversation back to the bots.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/handback", tag = "conversations",
    params(("id" = String, Path)),
    responses((status = 200, body = super::dto::Conversation), (status = 404)))]
pub(super) async fn hand_back(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(id): PathPart,
    head: WriteHead,
    body: JsonBody,
) -> Result<Response, Problem> {
    actor.require(Action::HandBack)?;
    let id = parse(&id)?;
    let person = actor.person();
    let done = write(&app, &actor, &head, &body.bytes, async |request| {
        let written = app
            .conversations
            .hand_back(&request, id, &person, HandBackMode::Restart)
            .await?;
        Ok(changed(id, written.position))
    })
    .await?;
    let conversation = read(&app, done.outcome.subject).await?;
    Ok(done.answer(Json(conversation)))
}
