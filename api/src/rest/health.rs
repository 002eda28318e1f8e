//! Probes: whether the process lives, and whether it should get requests.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use projections::ProjectionState;
use serde_json::{Value, json};

use super::App;

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()), responses((status = 200)))]
pub(super) async fn alive() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Requests may come.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()),
    responses((status = 200), (status = 503)))]
pub(super) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    let oldest = app.inbox.oldest_open_seconds().await;
    let store = if oldest.is_ok() { "ok" } else { "unavailable" };
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
    let status = if !app.is_ready.load(Ordering::Relaxed) || projections == "starting" {
        "starting"
    } else if store != "ok" || projections != "ok" {
        "degraded"
    } else {
        "ready"
    };
    // A read model with a parked row still answers for all others: no reason to take the node away.
    let code = if status == "starting" || store != "ok" {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    let checks = json!({
        "store": store,
        "projections": projections,
        "oldest_unhandled_s": oldest.ok(),
        // Held by a restore until a person releases; requests are taken all the same.
        "outbound": if app.outbox.frozen().is_some() { "frozen" } else { "open" },
    });
    (code, Json(json!({"status": status, "checks": checks})))
}
