//! Probes: whether the process lives, and whether it should get requests.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use projections::ProjectionState;
use serde_json::{Value, json};

use super::App;
use crate::i18n::Text;
use crate::problem::Problem;
use crate::vitals::{self, Vitals};

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()), responses((status = 200)))]
pub(super) async fn alive() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Requests may come: the store answers, the read models are there, and no work is stuck.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()),
    responses((status = 200), (status = 503)))]
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let vitals = vitals::look(&app).await;
    let store = if vitals.is_ok() { "ok" } else { "unavailable" };
    let statuses = app.projections.list();
    let live = statuses
        .iter()
        .filter(|one| one.state == ProjectionState::Live);
    let projections = if live.clone().count() == 0 {
        "starting"
    } else if live.clone().any(|one| one.degraded.is_some()) {
        "degraded"
    } else {
        "ok"
    };
    let stuck = vitals
        .as_ref()
        .map_or_else(|_| Vec::new(), |vitals| stuck(&app, *vitals));
    let status = if !app.is_ready.load(Ordering::Relaxed) || projections == "starting" {
        "starting"
    } else if store != "ok" || projections != "ok" {
        "degraded"
    } else if !stuck.is_empty() {
        "stuck"
    } else {
        "ready"
    };
    let vitals = vitals.ok();
    let checks = json!({
        "store": store,
        "projections": projections,
        "oldest_unhandled_s": vitals.map(|vitals| vitals.inbox),
        "oldest_unsent_s": vitals.map(|vitals| vitals.outbox),
        "oldest_undecided_s": vitals.map(|vitals| vitals.bots),
        // Held by a restore until a person releases; requests are taken all the same.
        "outbound": if app.outbox.frozen().is_some() { "frozen" } else { "open" },
    });
    if !stuck.is_empty() && status != "starting" {
        return work_stuck(&app, &stuck)
            .with("state", status)
            .with("checks", checks)
            .into_response();
    }
    // A read model with a parked row still answers for all others: no reason to take the node away.
    let code = if status == "starting" || store != "ok" {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    (code, Json(json!({"status": status, "checks": checks}))).into_response()
}

/// What is unfinished for too long, with its age.
fn stuck(app: &App, vitals: Vitals) -> Vec<(&'static str, u64)> {
    let limit = u64::from(app.config.ready_limit_seconds);
    let old = vitals.named().into_iter().filter(|(_, age)| *age > limit);
    if limit == 0 {
        Vec::new()
    } else {
        old.collect()
    }
}

fn work_stuck(app: &App, stuck: &[(&'static str, u64)]) -> Problem {
    let limit = app.config.ready_limit_seconds;
    let list: Vec<String> = stuck
        .iter()
        .map(|(what, age)| format!("{what} {age} s"))
        .collect();
    let list = list.join(", ");
    let names: Vec<&str> = stuck.iter().map(|(what, _)| *what).collect();
    Problem::new("work_stuck")
        .detail(Text::made(
            format!("unfinished for longer than {limit} s: {list}"),
            format!("не завершено дольше {limit} с: {list}"),
        ))
        .with("stuck", names)
}
