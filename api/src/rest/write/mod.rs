//! What every write has in common: an idempotency key that makes repeating it safe, and read-your-writes.
//!
//! The key's row remembers a seed from which every command id of the request follows, so a request whose
//! first try broke off half-way is carried on, not done twice.

use std::sync::Arc;
use std::time::Duration;

use application::ports::StoreError;
use application::ports::idempotency::RememberedRequest;
use application::use_cases::Request;
use axum::extract::FromRequestParts;
use axum::extract::OriginalUri;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::App;
use crate::auth::Actor;
use crate::problem::Problem;

/// How long a write waits for the read models.
const READ_MODELS_WAIT: Duration = Duration::from_secs(2);
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const POSITION: HeaderName = HeaderName::from_static("vestnik-position");
const STALE: HeaderName = HeaderName::from_static("vestnik-stale");

/// Method, path and idempotency key of a write.
#[derive(Debug)]
pub(super) struct WriteHead {
    method: String,
    path: String,
    key: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for WriteHead {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let path = parts
            .extensions
            .get::<OriginalUri>()
            .map_or_else(|| parts.uri.path().to_owned(), |uri| uri.path().to_owned());
        let key = match parts.headers.get(KEY) {
            None => None,
            Some(value) => {
                Some(visible(value).ok_or_else(|| Problem::new("idempotency_key_invalid"))?)
            }
        };
        Ok(Self {
            method: parts.method.to_string(),
            path,
            key,
        })
    }
}

fn visible(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let fits = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

/// What a write made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Status of the answer.
    pub(crate) status: StatusCode,
    /// The thing it is about.
    pub(crate) subject: Uuid,
    /// Position of its last event.
    pub(crate) position: u64,
}

/// What a request is known again by.
#[derive(Debug)]
pub(crate) struct RequestKey<'a> {
    /// The caller's key.
    pub(crate) key: &'a str,
    /// Hash of what was asked for: another one under the same key is refused.
    pub(crate) hash: String,
}

/// A write that the read models have passed, or should have.
#[derive(Debug)]
pub(super) struct Done {
    /// What it made.
    pub(super) outcome: Outcome,
    headers: HeaderMap,
}

impl Done {
    /// The answer with the write's headers.
    pub(super) fn answer(self, body: impl IntoResponse) -> Response {
        (self.outcome.status, self.headers, body).into_response()
    }
}

/// Carries out a write, or finds what it made before.
pub(super) async fn write(
    app: &Arc<App>,
    actor: &Actor,
    head: &WriteHead,
    body: &[u8],
    run: impl AsyncFnOnce(Request) -> Result<Outcome, Problem>,
) -> Result<Done, Problem> {
    let key = head.key.as_deref().map(|key| RequestKey {
        key,
        hash: request_hash(app, head, body),
    });
    let seed = app.ids.next();
    let (outcome, replayed) = once(app, actor, key, seed, run).await?;
    let headers = if replayed {
        HeaderMap::from_iter([(REPLAYED, HeaderValue::from_static("true"))])
    } else {
        HeaderMap::new()
    };
    Ok(done(app, outcome, headers).await)
}

/// Carries out what its key does not remember, and whether it remembered it. Every command id follows from
/// the seed, or from the one of the first try.
pub(crate) async fn once(
    app: &Arc<App>,
    actor: &Actor,
    key: Option<RequestKey<'_>>,
    seed: Uuid,
    run: impl AsyncFnOnce(Request) -> Result<Outcome, Problem>,
) -> Result<(Outcome, bool), Problem> {
    let Some(RequestKey { key, hash }) = key else {
        let outcome = run(Request::new(seed, actor.as_metadata())).await?;
        return Ok((outcome, false));
    };
    let stored = format!("{hash}.{seed}");
    let remembered = app.idempotency.begin(actor.id, key, &stored).await?;
    let (stored, seed) = match remembered {
        None => (stored, seed),
        Some(before) => {
            let (known_hash, known_seed) = split(&before.request_hash)
                .ok_or_else(|| Problem::internal(&"a remembered request cannot be read"))?;
            if known_hash != hash {
                return Err(Problem::new("idempotency_key_reused"));
            }
            if let Some(outcome) = outcome_of(&before) {
                return Ok((outcome, true));
            }
            (before.request_hash.clone(), known_seed)
        }
    };
    match run(Request::new(seed, actor.as_metadata())).await {
        Ok(outcome) => {
            let answer = RememberedRequest {
                request_hash: stored,
                status: Some(outcome.status.as_u16()),
                subject_id: Some(outcome.subject.to_string()),
                position: Some(outcome.position),
            };
            app.idempotency.finish(actor.id, key, answer).await?;
            Ok((outcome, false))
        }
        // A refusal wrote nothing. After a failure of the store the outcome may be unknown: the row stays,
        // so that the same seed carries the request on.
        Err(problem) if problem.status().is_client_error() => {
            let forgotten: Result<(), StoreError> = app.idempotency.forget(actor.id, key).await;
            forgotten?;
            Err(problem)
        }
        Err(problem) => Err(problem),
    }
}

/// Where a write stands in the log. Positions of another epoch mean other events, so the epoch travels with
/// them.
pub(crate) fn position_text(app: &App, position: u64) -> String {
    format!("{}-{position}", app.log.epoch().simple())
}

async fn done(app: &Arc<App>, outcome: Outcome, mut headers: HeaderMap) -> Done {
    if !app
        .projections
        .wait_for(outcome.position, READ_MODELS_WAIT)
        .await
    {
        headers.insert(STALE, HeaderValue::from_static("true"));
    }
    let position = position_text(app, outcome.position);
    if let Ok(value) = HeaderValue::from_str(&position) {
        headers.insert(POSITION, value);
    }
    Done { outcome, headers }
}

fn request_hash(app: &App, head: &WriteHead, body: &[u8]) -> String {
    let mut text = format!("{}\n{}\n", head.method, head.path).into_bytes();
    text.extend_from_slice(body);
    app.hasher.hash(&text).0
}

fn split(stored: &str) -> Option<(&str, Uuid)> {
    let (hash, seed) = stored.split_once('.')?;
    Some((hash, seed.parse().ok()?))
}

fn outcome_of(remembered: &RememberedRequest) -> Option<Outcome> {
    Some(Outcome {
        status: StatusCode::from_u16(remembered.status?).ok()?,
        subject: remembered.subject_id.as_ref()?.parse().ok()?,
        position: remembered.position?,
    })
}

#[cfg(test)]
mod tests;
