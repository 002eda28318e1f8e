//! The webhook: Meta's verification, and deliveries, answered once they are on disk.

use std::sync::Arc;
use std::time::Instant;

use application::inbound::receive::ReceiveError;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::App;
use super::query::Query;
use crate::i18n::Text;
use crate::problem::Problem;

/// Meta's largest delivery has 3 MB; more than this with a margin is refused.
const MAX_BYTES: usize = 3 * 1024 * 1024 + 256 * 1024;
/// Read before refusing, so that an honest sender reads the answer instead of a reset connection.
const READ_BYTES: usize = 4 * 1024 * 1024;
const SIGNATURE: &str = "x-hub-signature-256";
const MAX_CHALLENGE: usize = 128;

/// Answers Meta's verification with its challenge.
#[utoipa::path(get, path = "/api/v1/webhooks/whatsapp", tag = "webhook", security(()),
    params(
        ("hub.mode" = String, Query),
        ("hub.verify_token" = String, Query),
        ("hub.challenge" = String, Query),
    ),
    responses((status = 200, content_type = "text/plain"), (status = 403)))]
pub(super) async fn verify(State(app): State<Arc<App>>, query: Query) -> Result<Response, Problem> {
    let refused = || Problem::new("verification_failed");
    let token = query.get("hub.verify_token").unwrap_or("");
    let expected = app.verify_token.expose_secret();
    let is_same = bool::from(token.as_bytes().ct_eq(expected.as_bytes()));
    let challenge = query
        .get("hub.challenge")
        .filter(|text| is_safe(text))
        .ok_or_else(refused)?;
    if !is_same || expected.is_empty() || query.get("hub.mode") != Some("subscribe") {
        return Err(refused());
    }
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, plain)], challenge.to_owned()).into_response())
}

/// What can be echoed without a browser taking it for anything but text.
fn is_safe(challenge: &str) -> bool {
    challenge.len() <= MAX_CHALLENGE
        && challenge
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~=+/".contains(&byte))
}

/// Takes a delivery: 200 means that it is on disk.
#[utoipa::path(post, path = "/api/v1/webhooks/whatsapp", tag = "webhook", security(()),
    params(("X-Hub-Signature-256" = String, Header)),
    responses((status = 200), (status = 401), (status = 413), (status = 503)))]
pub(super) async fn receive(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let taken = take(&app, request).await;
    let status = taken
        .as_ref()
        .map_or_else(Problem::status, |()| StatusCode::OK);
    metrics::counter!("webhook_answers_total", "status" => status.as_u16().to_string())
        .increment(1);
    taken.map(|()| Json(json!({"status": "ok"})))
}

async fn take(app: &App, request: Request) -> Result<(), Problem> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, READ_BYTES).await.map_err(|_| too_large())?;
    let began = Instant::now();
    if body.len() > MAX_BYTES {
        return Err(too_large());
    }
    let signatures: Vec<&str> = parts
        .headers
        .get_all(SIGNATURE)
        .iter()
        .map(|value| value.to_str().unwrap_or(""))
        .collect();
    app.receiver.receive(body, &signatures).await?;
    metrics::histogram!("webhook_ack_seconds").record(began.elapsed().as_secs_f64());
    Ok(())
}

fn too_large() -> Problem {
    Problem::new("body_too_large").detail(Text::made(
        format!("a delivery may have at most {MAX_BYTES} bytes"),
        format!("доставка не может быть больше {MAX_BYTES} байт"),
    ))
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::SignatureInvalid => Self::new("signature_invalid"),
            ReceiveError::Disabled => Self::new("webhook_disabled"),
            ReceiveError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests;
