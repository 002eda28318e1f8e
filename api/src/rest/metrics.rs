//! `/metrics` in Prometheus' text form. One recorder a process: the metrics facade knows no second one.

use std::sync::OnceLock;

use application::use_cases::policy::Action;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::auth::Actor;
use crate::problem::Problem;

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts recording; later calls find the recorder of the first.
pub(crate) fn install() {
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok());
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
