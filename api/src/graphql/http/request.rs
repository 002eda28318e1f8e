//! Reading a request: JSON in the body, or parameters of the URL for queries.

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Variables};
use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{Method, header};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::graphql::limits;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// The request that came.
///
/// # Errors
/// It cannot be read as one, is too large, or asks for a change by `GET`.
pub(super) async fn read(parts: &Parts, body: Body) -> Result<Request, Problem> {
    let members = if parts.method == Method::GET {
        of_url(parts.uri.query().unwrap_or(""))?
    } else {
        of_body(parts, body).await?
    };
    let mut request = request_of(members)?;
    if parts.method == Method::GET && !is_query(&mut request) {
        return Err(Problem::new("method_not_allowed").detail(Text::new(
            "only queries can be sent by GET; send mutations by POST",
            "методом GET можно отправлять только запросы query; мутации отправляйте методом POST",
        )));
    }
    Ok(request)
}

/// The request of these members, wherever they came from.
///
/// # Errors
/// A member is missing or of another type, or the document is too large.
pub(in crate::graphql) fn request_of(members: Map<String, Value>) -> Result<Request, Problem> {
    let request = request(members)?;
    if request.query.len() > limits::DOCUMENT_BYTES {
        let limit = limits::DOCUMENT_BYTES;
        return Err(Problem::new("body_too_large").detail(Text::made(
            format!("query: has more than {limit} bytes"),
            format!("query: больше {limit} байт"),
        )));
    }
    Ok(request)
}

/// What cannot be parsed is let through: executing it says what is wrong with it.
fn is_query(request: &mut Request) -> bool {
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else {
        return true;
    };
    let mut operations = document.operations.iter();
    operations.all(|(operation, definition)| {
        let other = name
            .as_ref()
            .is_some_and(|name| operation.is_some_and(|operation| operation != name.as_str()));
        other || definition.node.ty == OperationType::Query
    })
}

async fn of_body(parts: &Parts, body: Body) -> Result<Map<String, Value>, Problem> {
    let kind = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let mut pieces = kind.split(';').map(str::trim);
    let is_json = pieces
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_utf8 = pieces.all(|piece| {
        let charset = piece.to_ascii_lowercase();
        let charset = charset.strip_prefix("charset=");
        charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8")
    });
    if !is_json || !is_utf8 {
        return Err(Problem::new("unsupported_media_type"));
    }
    let bytes = to_bytes(body, limits::BODY_BYTES)
        .await
        .map_err(|_| Problem::new("body_too_large"))?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(wrong("body", ("a JSON object", "объектом JSON"))),
        Err(error) => {
            let place = format!("line {} column {}", error.line(), error.column());
            Err(Problem::new("malformed_json").detail(Text::made(
                format!("the body is not valid JSON at {place}"),
                format!("тело не является JSON: {place}"),
            )))
        }
    }
}

fn of_url(query: &str) -> Result<Map<String, Value>, Problem> {
    let mut members = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = match name.as_ref() {
            "query" | "operationName" => Value::String(value.into_owned()),
            "variables" | "extensions" if value.is_empty() => Value::Null,
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|_| wrong(&name, ("a JSON object", "объектом JSON")))?,
            _ => continue,
        };
        members.insert(name.into_owned(), value);
    }
    Ok(members)
}

fn request(mut members: Map<String, Value>) -> Result<Request, Problem> {
    let query = match members.remove("query") {
        Some(Value::String(query)) if !query.is_empty() => query,
        Some(Value::String(_) | Value::Null) | None => {
            return Err(Problem::invalid(vec![FieldError::new(
                "query",
                "required",
                Text::new(
                    "must be the GraphQL document to execute",
                    "должно быть исполняемым документом GraphQL",
                ),
            )]));
        }
        Some(_) => return Err(wrong("query", ("a string", "строкой"))),
    };
    let mut request = Request::new(query);
    request.operation_name = match members.remove("operationName") {
        // Some clients send an empty one where there is none.
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(_) => return Err(wrong("operationName", ("a string", "строкой"))),
    };
    request.variables = match members.remove("variables") {
        None | Some(Value::Null) => Variables::default(),
        Some(object @ Value::Object(_)) => Variables::from_json(object),
        Some(_) => return Err(wrong("variables", ("a JSON object", "объектом JSON"))),
    };
    match members.remove("extensions") {
        None | Some(Value::Null | Value::Object(_)) => Ok(request),
        Some(_) => Err(wrong("extensions", ("a JSON object", "объектом JSON"))),
    }
}

fn wrong(name: &str, expected: (&str, &str)) -> Problem {
    let message = Text::made(
        format!("must be {}", expected.0),
        format!("должно быть {}", expected.1),
    );
    Problem::invalid(vec![FieldError::new(name, "invalid_type", message)])
}
