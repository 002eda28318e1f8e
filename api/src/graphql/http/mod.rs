//! GraphQL over HTTP as its specification says (draft of 2025): `POST`, and `GET` for queries.
//!
//! The library's own layer answers 200 to everything and writes `data` beside request errors, so this one
//! stands in its place. Absent on purpose: batches and uploads.

mod accept;
mod answer;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::response::Response;
use axum::routing::get;

use self::accept::MediaType;
use self::answer::{answer, refusal};
pub(super) use self::request::request_of;
use super::context::Caller;
use super::report::Executed;
use super::schema;
use super::subscription::{Door, Sockets, is_upgrade, upgrade};
use crate::auth::Actor;
use crate::i18n::Lang;
use crate::problem::{Problem, RequestId};
use crate::rest::App;

/// The route of the API.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let served = Door {
        app: Arc::clone(app),
        schema: schema(app),
        sockets: Arc::new(Sockets::default()),
    };
    Router::new()
        .route("/graphql", get(serve).post(serve))
        .with_state(served)
}

async fn serve(State(served): State<Door>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let lang = parts.extensions.get().copied().unwrap_or(Lang::En);
    let request_id = parts
        .extensions
        .get::<RequestId>()
        .map_or_else(String::new, |id| id.0.clone());
    if is_upgrade(&parts.headers) {
        return upgrade(parts, lang, served).await;
    }
    let media = match MediaType::accepted(&parts.headers) {
        Ok(media) => media,
        Err(problem) => return refusal(problem, MediaType::GraphQl, lang, &request_id),
    };
    let run = async {
        let actor = Actor::from_request_parts(&mut parts, &served.app).await?;
        let request = request::read(&parts, body).await?;
        Ok::<_, Problem>((actor, request))
    };
    let (actor, request) = match run.await {
        Ok(ready) => ready,
        Err(problem) => return refusal(problem, media, lang, &request_id),
    };
    let executed = Executed::default();
    let caller = Caller {
        actor,
        lang,
        request_id,
    };
    let operation = request.operation_name.clone();
    tracing::debug!(
        graphql.operation = operation.as_deref(),
        "a GraphQL request"
    );
    let request = request.data(caller).data(executed.clone());
    let response = served.schema.execute(request).await;
    answer(response, executed.happened(), media)
}
