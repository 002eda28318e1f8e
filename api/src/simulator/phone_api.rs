//! The phones over HTTP: write, press, react; see what the phone shows, waiting for news.
//!
//! Absent on purpose: who may do so. Whoever mounts these routes guards them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::phone::E164;
use serde::Deserialize;
use serde_json::json;

use super::customer::Act;
use super::meta::SimulatedMeta;

/// Longest wait for news in one request.
const MAX_WAIT: Duration = Duration::from_secs(25);
/// Longest text WhatsApp lets a customer write.
const MAX_TEXT: usize = 4096;

pub(super) fn router(meta: Arc<SimulatedMeta>) -> Router {
    Router::new()
        .route(
            "/phone/{phone_number_id}/{wa_id}/messages",
            get(show).post(write),
        )
        .with_state(meta)
}

#[derive(Debug, Deserialize)]
struct WriteBody {
    #[serde(flatten)]
    act: Act,
    name: Option<String>,
    username: Option<String>,
    hide_phone: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct ShowQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait_ms: u64,
    /// Whether somebody looks at the screen, so that messages count as read.
    #[serde(default = "yes")]
    look: bool,
}

const fn yes() -> bool {
    true
}

/// Why the phone does nothing.
#[derive(Debug)]
struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
}

impl Problem {
    fn invalid(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code: "validation_failed",
            detail: detail.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": format!("/problems/{}", self.code),
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
            "errors": [],
        });
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, content_type, body.to_string()).into_response()
    }
}

async fn write(
    State(meta): State<Arc<SimulatedMeta>>,
    Path((phone_number_id, phone)): Path<(String, String)>,
    body: Result<Json<WriteBody>, JsonRejection>,
) -> Result<Response, Problem> {
    let wa_id = address(&meta, &phone_number_id, &phone)?;
    let Json(body) =
        body.map_err(|rejection| Problem::invalid(format!("body: {}", rejection.body_text())))?;
    if let Act::Text(text) | Act::Reply { text, .. } | Act::Edit { text, .. } = &body.act {
        let length = text.encode_utf16().count();
        if length == 0 || length > MAX_TEXT {
            let detail = format!("text: must have 1 to {MAX_TEXT} characters, it has {length}");
            return Err(Problem::invalid(detail));
        }
    }
    if body.name.is_some() || body.username.is_some() || body.hide_phone.is_some() {
        let mut profile = meta.profile(&phone_number_id, &wa_id);
        if let Some(name) = body.name {
            profile.name = name;
        }
        if body.username.is_some() {
            profile.username = body.username;
        }
        if let Some(hides_phone) = body.hide_phone {
            profile.hides_phone = hides_phone;
        }
        meta.set_profile(&phone_number_id, &wa_id, profile);
    }
    let id = meta.act(&phone_number_id, &wa_id, &body.act);
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

async fn show(
    State(meta): State<Arc<SimulatedMeta>>,
    Path((phone_number_id, phone)): Path<(String, String)>,
    query: Result<Query<ShowQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let wa_id = address(&meta, &phone_number_id, &phone)?;
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let mut version = meta.watch(&phone_number_id, &wa_id);
    let wait = Duration::from_millis(query.wait_ms).min(MAX_WAIT);
    tokio::select! {
        // Whether news came or the time is over, the screen is what it is.
        _news = tokio::time::timeout(wait, version.wait_for(|version| *version > query.after)) => {}
        () = meta.tasks.stop().cancelled() => {}
    }
    Ok(Json(meta.screen(&phone_number_id, &wa_id, query.after, query.look)).into_response())
}

/// The customer's wa_id, where both the number and the phone can be.
fn address(meta: &SimulatedMeta, number: &str, phone: &str) -> Result<String, Problem> {
    if meta.numbers.display_phone_number(number).is_none() {
        let detail = format!(
            "no simulated number has the phone_number_id {number}, or the simulator is off; make one \
             with `vestnik demo`, switch it on with SIMULATOR=on"
        );
        return Err(Problem {
            status: StatusCode::NOT_FOUND,
            code: "not_found",
            detail,
        });
    }
    let phone = E164::from_wa_id(phone).ok_or_else(|| {
        Problem::invalid("phone: must be digits with the country code, e.g. 79991112233")
    })?;
    Ok(phone.digits().to_owned())
}
