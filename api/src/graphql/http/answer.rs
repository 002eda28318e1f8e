//! Answers with the status that their media type asks for.

use async_graphql::{Response as GraphQlResponse, ServerError};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::MediaType;
use crate::graphql::error::{describe, server_error};
use crate::i18n::Lang;
use crate::problem::Problem;

/// The answer of an operation; one that was not executed has no `data`.
pub(super) fn answer(response: GraphQlResponse, executed: bool, media: MediaType) -> Response {
    let status = match (executed, media) {
        (true, _) | (false, MediaType::Json) => StatusCode::OK,
        (false, MediaType::GraphQl) => StatusCode::BAD_REQUEST,
    };
    let mut body = Map::new();
    if !response.errors.is_empty() {
        body.insert("errors".to_owned(), errors(&response.errors));
    }
    if executed {
        let data = response.data.into_json().unwrap_or(Value::Null);
        body.insert("data".to_owned(), data);
    }
    written(status, media, body)
}

/// A request that is not carried out: no token, no JSON, too large. Its status is the problem's.
pub(super) fn refusal(
    problem: Problem,
    media: MediaType,
    lang: Lang,
    request_id: &str,
) -> Response {
    let status = match problem.status() {
        // In this protocol a request that cannot be understood is 400, whatever is wrong with it.
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        status => status,
    };
    let mut error = server_error(problem);
    describe(&mut error, lang, request_id);
    let mut body = Map::new();
    body.insert("errors".to_owned(), errors(&[error]));
    let mut response = written(status, media, body);
    let headers = response.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        _ => {}
    }
    response
}

fn errors(errors: &[ServerError]) -> Value {
    serde_json::to_value(errors).unwrap_or(Value::Null)
}

fn written(status: StatusCode, media: MediaType, body: Map<String, Value>) -> Response {
    let mut response = (status, Value::Object(body).to_string()).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media.as_str()),
    );
    response
}
