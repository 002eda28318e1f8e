//! `/api/v1/events`: the log for analysts, as lines of JSON or as server-sent events.
//!
//! Invariant: whatever the length of the answer, memory holds a few pages of it. Absent on purpose: filters;
//! a reader keeps what it needs, and cursors stay dense.

mod feed;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use application::cursor::CursorError;
use application::use_cases::exports::PersonalMode;
use application::use_cases::policy::Action;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use self::feed::{Feed, Form};
use super::App;
use super::query::Query;
use crate::auth::Actor;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// Most events asked for at once; without `limit` there is no bound.
const MAX_LIMIT: usize = 1_000_000_000;
/// Where a reader of server-sent events goes on after its connection broke.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// The cursor at which the answer begins.
const BEGINS_AT: HeaderName = HeaderName::from_static("vestnik-cursor");
/// The cursor behind the last event of an answer that ends.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");
/// How many events an answer that ends holds.
const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
/// Tells reverse proxies to pass each piece on at once.
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Events of the log, oldest first, one JSON object a line. With `Accept: text/event-stream` the answer
/// goes on as server-sent events: `id` is the cursor, `Last-Event-ID` goes on behind it, and an event `end`
/// with a cursor says that the server ends the answer.
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(
        ("after" = Option<String>, Query, description = "cursor of the last event seen; `latest` begins with what comes next"),
        ("limit" = Option<u64>, Query, description = "ends after this many events"),
        ("personal" = Option<String>, Query, description = "`sealed` (default), `pseudonym`, or `open` (admins)"),
        ("format" = Option<String>, Query, description = "`ndjson`"),
        ("follow" = Option<bool>, Query, description = "goes on with events as they come; server-sent events always do"),
    ),
    responses(
        (status = 200, description = "one event a line", content(
            (String = "application/x-ndjson"), (String = "text/event-stream"))),
        (status = 401), (status = 403), (status = 410), (status = 422)))]
pub(super) async fn export(
    State(app): State<Arc<App>>,
    actor: Actor,
    headers: HeaderMap,
    mut query: Query,
) -> Result<Response, Problem> {
    actor.require(Action::ReadMaskedEvents)?;
    let personal = query.choice("personal", &PersonalMode::ALL);
    let follow = query.choice("follow", &[("true", true), ("false", false)]);
    query.choice("format", &[("ndjson", ())]);
    let limit = query.get("limit").map(str::to_owned);
    let limit = limit.map(|_| query.limit(1, MAX_LIMIT) as u64);
    query.finish()?;
    let personal = personal.unwrap_or_default();
    actor.require(personal.action())?;

    let resumed = headers
        .get(&LAST_EVENT_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|value| !value.is_empty());
    let form = Form::asked_for(&headers);
    let (after, parameter) = match (form, resumed) {
        (Form::ServerSent, Some(cursor)) => (Some(cursor), "Last-Event-ID"),
        _ => (query.get("after"), "after"),
    };
    let begin = app
        .exports
        .begin(after)
        .map_err(|error| cursor_problem(error, parameter))?;
    let follows = form == Form::ServerSent || follow == Some(true);
    // Positions are dense, so an answer that ends has an end that is known now.
    let there = app.exports.head().saturating_sub(begin);
    let count = if follows {
        limit
    } else {
        Some(limit.map_or(there, |limit| limit.min(there)))
    };

    let mut answer_headers = HeaderMap::new();
    answer_headers.insert(header::CONTENT_TYPE, form.content_type());
    answer_headers.insert(NO_BUFFERING, HeaderValue::from_static("no"));
    insert(&mut answer_headers, BEGINS_AT, &app.exports.cursor(begin));
    if let (false, Some(count)) = (follows, count) {
        let next = app.exports.cursor(begin + count);
        insert(&mut answer_headers, NEXT_CURSOR, &next);
        insert(&mut answer_headers, TOTAL_COUNT, &count);
    }
    let feed = Feed::new(form, begin, count, personal);
    let (pump, body) = feed.start(app.closing.clone());
    let exports = Arc::clone(&app.exports);
    app.conversations
        .tasks
        .spawn(async move { pump.run(&exports).await });
    Ok((answer_headers, Body::from_stream(body)).into_response())
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &dyn std::fmt::Display) {
    if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
        headers.insert(name, value);
    }
}

/// Names the parameter in which a cursor came.
fn cursor_problem(error: CursorError, parameter: &str) -> Problem {
    let message = match error {
        CursorError::Unreadable => Text::new(
            "is not a cursor of this server; begin without one",
            "не является курсором этого сервера; начните без него",
        ),
        CursorError::OtherEpoch => Text::new(
            "is a cursor of another epoch of the log; read again from the beginning, without one",
            "является курсором другой эпохи журнала; читайте сначала, без него",
        ),
    };
    Problem::from(error).errors(vec![FieldError::new(parameter, error.code(), message)])
}
