//! `/api/v1/admin/held`: items that could not be handled, and handling them again. Admins only.

use std::sync::Arc;

use application::ports::inbox::{HeldItem, HoldReason, ItemClass, Release};
use application::use_cases::policy::Action;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::App;
use super::body::{Fields, JsonBody};
use super::query::Query;
use crate::auth::Actor;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// Items of a page at most.
const PAGE: usize = 500;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/held", get(list))
        .route("/held/release", post(release))
}

/// Held items, oldest first; `after` is the last id of the page before.
async fn list(
    State(app): State<Arc<App>>,
    actor: Actor,
    query: Query,
) -> Result<Json<Value>, Problem> {
    actor.require(Action::Operate)?;
    let after = query.get("after").and_then(|after| after.parse().ok());
    let items = app.inbox.held(after.unwrap_or(0), PAGE).await?;
    Ok(Json(items.iter().map(shown).collect()))
}

fn shown(held: &HeldItem) -> Value {
    json!({
        "item": held.item,
        "reason": name(held.reason),
        "phone_number_id": held.phone_number_id,
        "class": match held.class {
            ItemClass::Message => "message",
            ItemClass::Status => "status",
            ItemClass::Other => "other",
        },
        "received_at": held.received_at,
        "error": held.error,
    })
}

/// Handles all items that are held for a reason again: `{"reason":"parked"}`.
async fn release(
    State(app): State<Arc<App>>,
    actor: Actor,
    body: JsonBody,
) -> Result<Json<Value>, Problem> {
    actor.require(Action::Operate)?;
    let mut fields = Fields::of(&body);
    let given = fields.text("reason");
    let given = fields.require("reason", given);
    let reason = REASONS.into_iter().find(|reason| name(*reason) == given);
    if !given.is_empty() && reason.is_none() {
        fields.error(FieldError::new(
            "reason",
            "invalid_choice",
            Text::new(
                "must be one of unknown_number, not_understood, unparsable, parked",
                "должно быть одним из: unknown_number, not_understood, unparsable, parked",
            ),
        ));
    }
    fields.finish()?;
    let reason = reason.ok_or_else(|| Problem::new("validation_failed"))?;
    let released = app.inbox.release(Release::Reason(reason)).await?;
    Ok(Json(json!({"released": released})))
}

const REASONS: [HoldReason; 4] = [
    HoldReason::UnknownNumber,
    HoldReason::NotUnderstood,
    HoldReason::Unparsable,
    HoldReason::Parked,
];

const fn name(reason: HoldReason) -> &'static str {
    match reason {
        HoldReason::UnknownNumber => "unknown_number",
        HoldReason::NotUnderstood => "not_understood",
        HoldReason::Unparsable => "unparsable",
        HoldReason::Parked => "parked",
    }
}
