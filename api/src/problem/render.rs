//! The outermost layer of every answer: gives the request an id and writes problems out.

use std::sync::Arc;

use application::ports::clock::IdGenerator;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Problem;
use crate::i18n::Lang;

/// The id of a request, in its extensions and in the answer's `X-Request-Id`.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs the request and renders its problem, if it has one.
pub async fn render(
    State(ids): State<Arc<dyn IdGenerator>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = ids.next().to_string();
    let lang = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::En, Lang::from_header);
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(lang);
    let is_api = request.uri().path().starts_with("/api");
    let span = tracing::info_span!("request", id = %id);
    let mut response = tracing::Instrument::instrument(next.run(request), span).await;
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| {
        if response.headers().contains_key(header::CONTENT_TYPE) {
            return None;
        }
        // The router answers these two by itself, without a body.
        let code = match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::NOT_FOUND if is_api => "not_found",
            _ => return None,
        };
        Some(Problem::new(code))
    });
    if let Some(problem) = problem {
        let body = problem.to_json(lang, &id).to_string();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response.headers_mut().insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(lang.tag()),
        );
        *response.body_mut() = Body::from(body);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
