//! `/api/v1/admin`: what the command line asks of a running server. Admins only; not part of the contract.

use std::sync::Arc;

use application::use_cases::bots::ImportBot;
use application::use_cases::policy::Action;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::api_token::Role;
use domain::time::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::App;
use super::body::{Fields, JsonBody};
use super::path::PathPart;
use super::write::{Outcome, WriteHead, write};
use crate::auth::Actor;
use crate::bootstrap::random;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};
use crate::simulator::demo;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/tokens", post(make_token))
        .route("/bots/import", post(import_bot))
        .route("/demo", post(make_demo))
        .merge(super::doctor::router())
        .merge(super::held::router())
        .merge(super::backups::router())
        .merge(super::outbound::router())
        .merge(super::log_level::router())
        .route("/projections", get(list_projections))
        .route("/projections/{name}/rebuild", post(rebuild_projection))
}

/// Makes a token and shows it once; an idempotency key cannot show it again, so none is taken.
async fn make_token(
    State(app): State<Arc<App>>,
    actor: Actor,
    body: JsonBody,
) -> Result<Response, Problem> {
    actor.require(Action::ManageTokens)?;
    let mut fields = Fields::of(&body);
    let name = fields.short_text("name", 100);
    let name = fields.require("name", name);
    let role = fields.text("role");
    let role = fields.require("role", role);
    let parsed = role.parse::<Role>();
    if !role.is_empty() && parsed.is_err() {
        fields.error(FieldError::new(
            "role",
            "invalid_choice",
            Text::new(
                "must be one of admin, agent, analyst",
                "должно быть одним из: admin, agent, analyst",
            ),
        ));
    }
    let end = fields.time("expires_at").value();
    fields.finish()?;
    let role = parsed.map_err(|_| Problem::new("validation_failed"))?;
    let bytes = random::bytes().map_err(|error| Problem::internal(&error))?;
    let request = application::use_cases::Request::new(app.ids.next(), actor.as_metadata());
    let made = app
        .tokens
        .make(&request, name.clone(), role, end, &bytes)
        .await?
        .value;
    let answer = json!({
        "id": made.id,
        "name": name,
        "role": role.as_str(),
        "expires_at": end.map(Timestamp::to_rfc3339_millis),
        "token": made.token.expose_secret(),
    });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Imports a scenario: `{"name", "phone_number_id", "publish", "definition"}`, the definition as text.
async fn import_bot(
    State(app): State<Arc<App>>,
    actor: Actor,
    head: WriteHead,
    body: JsonBody,
) -> Result<Response, Problem> {
    actor.require(Action::ManageBots)?;
    let mut fields = Fields::of(&body);
    let name = fields.short_text("name", 100);
    let name = fields.require("name", name);
    let definition = fields.text("definition");
    let definition = fields.require("definition", definition);
    let phone_number_id = fields.digits("phone_number_id").value();
    let publish = fields.boolean("publish").value().unwrap_or(false);
    fields.finish()?;
    let import = ImportBot {
        name: name.clone(),
        definition: definition.into_bytes(),
        phone_number_id,
        publish,
    };
    let mut version = 0;
    let done = write(&app, &actor, &head, &body.bytes, async |request| {
        let written = app.bots.import(&request, import).await?;
        version = written.value.version;
        let subject = written.value.bot.as_uuid();
        Ok(Outcome {
            status: StatusCode::CREATED,
            subject,
            position: written.position,
        })
    })
    .await?;
    let answer = json!({"id": done.outcome.subject, "name": name, "version": version});
    Ok(done.answer(Json(answer)))
}

/// Makes the demo where it is not there; refused where its simulator would not run.
async fn make_demo(
    State(app): State<Arc<App>>,
    actor: Actor,
    head: WriteHead,
) -> Result<Response, Problem> {
    actor.require(Action::ManageNumbers)?;
    actor.require(Action::ManageBots)?;
    if !demo::runs(app.config.simulator, app.directory.as_ref()) {
        return Err(Problem::new("simulator_off"));
    }
    let mut is_new = false;
    let done = write(&app, &actor, &head, b"", async |request| {
        let made = demo::ensure(&app.numbers, &app.bots, &request).await?;
        is_new = made.is_new;
        let subject = made.number.as_uuid();
        Ok(Outcome {
            status: StatusCode::OK,
            subject,
            position: made.position,
        })
    })
    .await?;
    let answer = json!({"number_id": done.outcome.subject, "is_new": is_new});
    Ok(done.answer(Json(answer)))
}

async fn list_projections(
    State(app): State<Arc<App>>,
    actor: Actor,
) -> Result<Json<Value>, Problem> {
    actor.require(Action::Operate)?;
    let shown = app.projections.list().into_iter().map(|one| {
        json!({
            "name": one.name,
            "version": one.version,
            "build": one.build,
            "state": format!("{:?}", one.state).to_lowercase(),
            "position": one.position,
            "lag": one.lag,
            "degraded": one.degraded,
        })
    });
    Ok(Json(shown.collect()))
}

/// Rebuilds a read model; answers lines of JSON: `{"position","head"}` while it goes on, then
/// `{"done":true}` or `{"error":"..."}`.
async fn rebuild_projection(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(name): PathPart,
) -> Result<Response, Problem> {
    actor.require(Action::Operate)?;
    if !app.projections.list().iter().any(|one| one.name == name) {
        return Err(Problem::new("not_found"));
    }
    let (sender, receiver) = futures::channel::mpsc::unbounded::<Result<Bytes, std::io::Error>>();
    let projections = Arc::clone(&app.projections);
    app.conversations.tasks.spawn(async move {
        let line = |value: Value| {
            // A client that went away does not stop a rebuild.
            let _ = sender.unbounded_send(Ok(Bytes::from(format!("{value}\n"))));
        };
        let built = projections
            .rebuild(&name, |position, head| {
                line(json!({"position": position, "head": head}));
            })
            .await;
        match built {
            Ok(()) => line(json!({"done": true})),
            Err(error) => line(json!({"error": error.to_string()})),
        }
    });
    let lines = HeaderValue::from_static("application/x-ndjson");
    Ok(([(header::CONTENT_TYPE, lines)], Body::from_stream(receiver)).into_response())
}
