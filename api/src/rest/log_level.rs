//! `/api/v1/admin/log-level`: what the node that is asked logs, looked at and changed while it runs. Admins only.
//! Absent on purpose: keeping it, a start takes what is set.

use std::sync::Arc;

use application::use_cases::policy::Action;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::App;
use super::body::{Fields, JsonBody};
use crate::auth::Actor;
use crate::i18n::Text;
use crate::logs::{self, NotChanged};
use crate::problem::{FieldError, Problem};

/// Longest filter.
const MOST_CHARS: usize = 1_000;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/log-level", get(show).put(change))
}

/// The filter of log lines.
async fn show(actor: Actor) -> Result<Json<Value>, Problem> {
    actor.require(Action::Operate)?;
    shown()
}

/// Another filter, from now on.
async fn change(actor: Actor, body: JsonBody) -> Result<Json<Value>, Problem> {
    actor.require(Action::Operate)?;
    let mut fields = Fields::of(&body);
    let filter = fields.short_text("filter", MOST_CHARS);
    let filter = fields.require("filter", filter);
    fields.finish()?;
    match logs::change(&filter) {
        Ok(()) => shown(),
        Err(NotChanged::NotStarted) => Err(Problem::new("log_not_started")),
        Err(NotChanged::NoFilter) => Err(Problem::invalid(vec![FieldError::new(
            "filter",
            "invalid_format",
            Text::new(
                "is no filter of log lines, e.g. debug or info,application=debug",
                "не является фильтром строк журнала, например debug или info,application=debug",
            ),
        )])),
    }
}

fn shown() -> Result<Json<Value>, Problem> {
    let filter = logs::current().ok_or_else(|| Problem::new("log_not_started"))?;
    Ok(Json(json!({ "filter": filter })))
}
