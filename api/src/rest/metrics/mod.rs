//! `/metrics` in Prometheus' text form. One recorder a process: the metrics facade knows no second one.

pub mod catalogue;

use std::sync::OnceLock;

use application::use_cases::policy::Action;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::auth::Actor;
use crate::problem::Problem;

/// Upper ends of the buckets of durations, in seconds.
const BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts recording; later calls find the recorder of the first.
pub(crate) fn install() {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(BUCKETS).ok()?;
        let handle = builder.install_recorder().ok()?;
        catalogue::register();
        Some(handle)
    });
}

/// All metrics as text.
pub(crate) fn render() -> String {
    RECORDER
        .get()
        .and_then(Option::as_ref)
        .map_or_else(String::new, PrometheusHandle::render)
}

/// Metrics for whoever has an admin token.
pub(super) async fn metrics(actor: Actor) -> Result<Response, Problem> {
    actor.require(Action::Operate)?;
    Ok(text())
}

/// Metrics for the loopback address of `METRICS_ADDR`.
pub(crate) fn text() -> Response {
    let plain = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, plain)], render()).into_response()
}
