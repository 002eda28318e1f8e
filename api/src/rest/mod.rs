//! REST under `/api/v1`, one file a use, with the pages and probes beside it.
//!
//! Invariants: every handler that reads or changes anything asks [`crate::auth::Actor::require`] first;
//! every error is a [`crate::problem::Problem`].

pub(crate) mod activity;
pub mod admin;
pub mod app;
mod backups;
mod body;
pub mod conversations;
mod doctor;
pub mod dto;
pub mod events;
mod handback;
pub mod health;
mod held;
mod log_level;
pub mod messages;
pub mod metrics;
pub mod numbers;
pub mod openapi;
mod outbound;
mod pages;
mod path;
mod query;
mod simulator;
mod span;
mod unseen;
mod webhook;
pub(crate) mod write;

use std::any::Any;
use std::sync::Arc;

use application::ports::clock::IdGenerator;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use tower::Layer;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;
use tower_http::normalize_path::{NormalizePath, NormalizePathLayer};
use tower_http::set_header::SetResponseHeaderLayer;

pub use app::App;

use crate::graphql;
use crate::problem::{Problem, render};
use crate::simulator::Simulator;

/// All routes; a trailing slash is tolerated.
pub fn service(app: Arc<App>, simulator: Option<&Simulator>) -> NormalizePath<Router> {
    let simulator = simulator.map_or_else(Router::new, |one| simulator::router(one, &app));
    NormalizePathLayer::trim_trailing_slash().layer(router(app, simulator))
}

fn router(app: Arc<App>, simulator: Router) -> Router {
    let ids: Arc<dyn IdGenerator> = Arc::clone(&app.ids);
    let api = Router::new()
        .route(
            "/webhooks/whatsapp",
            get(webhook::verify).post(webhook::receive),
        )
        .route(
            "/whatsapp/numbers",
            get(numbers::list).post(numbers::create),
        )
        .route(
            "/whatsapp/numbers/{id}",
            get(numbers::get)
                .put(numbers::update)
                .delete(numbers::remove),
        )
        .route("/whatsapp/numbers/{id}/toggle", patch(numbers::toggle))
        .route("/conversations", get(conversations::list))
        .route(
            "/conversations/{id}",
            get(conversations::get).patch(conversations::update),
        )
        .route(
            "/conversations/{id}/takeover",
            post(conversations::take_over),
        )
        .route("/conversations/{id}/handback", post(handback::hand_back))
        .route(
            "/conversations/{id}/messages",
            get(messages::list).post(messages::send),
        )
        .route("/events", get(events::export))
        .route("/activity.csv", get(activity::csv))
        .route("/openapi.json", get(openapi::document))
        .nest("/admin", admin::router());
    Router::new()
        .nest("/api/v1", api)
        .route("/", get(pages::home))
        .route("/problems", get(pages::problems))
        .route("/problems/{code}", get(pages::problem))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .fallback(|| async { Problem::new("not_found") })
        .with_state(Arc::clone(&app))
        .merge(graphql::router(&app))
        .merge(simulator)
        .layer(from_fn(span::span))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(option_layer(cors(&app)))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(from_fn_with_state(ids, render))
}

/// What a panicking handler said may hold anything, so it is not shown.
fn panicked(_panic: Box<dyn Any + Send>) -> Response {
    Problem::internal(&"a handler panicked").into_response()
}

/// Nothing is said of other origins where none is allowed.
fn cors(app: &App) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = app
        .config
        .cors_origins
        .iter()
        .filter_map(|origin| origin.parse().ok())
        .collect();
    if origins.is_empty() {
        return None;
    }
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
        ])
        .expose_headers([
            header::LINK,
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("idempotent-replayed"),
            HeaderName::from_static("x-next-cursor"),
            HeaderName::from_static("x-total-count"),
            HeaderName::from_static("vestnik-cursor"),
            header::CONTENT_DISPOSITION,
            HeaderName::from_static("vestnik-definitions"),
            HeaderName::from_static("vestnik-position"),
            HeaderName::from_static("vestnik-stale"),
            HeaderName::from_static("x-request-id"),
        ]);
    Some(layer)
}
