//! `/whatsapp/numbers`: list, read, add, edit, switch, remove.

use std::sync::Arc;

use application::use_cases::numbers::{AddNumber, EditNumber};
use application::use_cases::policy::Action;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::ids::NumberId;
use domain::number::{NumberDetails, NumberKind};
use domain::phone::E164;
use projections::number::NumberView;
use secrecy::SecretString;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::App;
use super::body::{Fields, Given, JsonBody};
use super::dto::Number;
use super::path::PathPart;
use super::unseen;
use super::write::{Outcome, WriteHead, write};
use crate::auth::Actor;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// Characters of a display name.
const NAME_LIMIT: usize = 100;
/// Characters of an access token or app secret; Meta's have about 200 and 32.
const SECRET_LIMIT: usize = 4096;

/// All numbers, oldest first.
#[utoipa::path(get, path = "/api/v1/whatsapp/numbers", tag = "numbers",
    responses((status = 200, body = Vec<Number>)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    actor: Actor,
) -> Result<Json<Vec<Number>>, Problem> {
    actor.require(Action::ReadNumbers)?;
    let numbers = app.reads().numbers().await?;
    let mut shown = Vec::with_capacity(numbers.len());
    for view in numbers {
        shown.push(show(&app, view).await?);
    }
    Ok(Json(shown))
}

/// One number.
#[utoipa::path(get, path = "/api/v1/whatsapp/numbers/{id}", tag = "numbers",
    params(("id" = String, Path)),
    responses((status = 200, body = Number), (status = 404)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(id): PathPart,
) -> Result<Json<Number>, Problem> {
    actor.require(Action::ReadNumbers)?;
    Ok(Json(read(&app, parse(&id)?.as_uuid()).await?))
}

/// Adds a number.
#[utoipa::path(post, path = "/api/v1/whatsapp/numbers", tag = "numbers",
    request_body = super::dto::AddNumber,
    responses((status = 201, body = Number), (status = 409), (status = 422)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    actor: Actor,
    head: WriteHead,
    body: JsonBody,
) -> Result<Response, Problem> {
    actor.require(Action::ManageNumbers)?;
    let number = new_number(&body.members)?;
    let done = write(&app, &actor, &head, &body.bytes, async |request| {
        let written = app.numbers.add(&request, number).await?;
        Ok(Outcome {
            status: StatusCode::CREATED,
            subject: written.value.as_uuid(),
            position: written.position,
        })
    })
    .await?;
    let number = read(&app, done.outcome.subject).await?;
    let location = format!("/api/v1/whatsapp/numbers/{}", number.id);
    let mut response = done.answer(Json(number));
    if let Ok(value) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    Ok(response)
}

/// Edits a number; absent keys stay as they are.
#[utoipa::path(put, path = "/api/v1/whatsapp/numbers/{id}", tag = "numbers",
    params(("id" = String, Path)),
    request_body = super::dto::EditNumber,
    responses((status = 200, body = Number), (status = 404), (status = 409), (status = 422)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(id): PathPart,
    head: WriteHead,
    body: JsonBody,
) -> Result<Response, Problem> {
    actor.require(Action::ManageNumbers)?;
    let id = parse(&id)?;
    let edit = changes(&body.members)?;
    let done = write(&app, &actor, &head, &body.bytes, async |request| {
        let written = app.numbers.edit(&request, id, edit).await?;
        Ok(changed(id, written.position))
    })
    .await?;
    let number = read(&app, done.outcome.subject).await?;
    Ok(done.answer(Json(number)))
}

/// Switches a number on or off; without a body to the other state.
#[utoipa::path(patch, path = "/api/v1/whatsapp/numbers/{id}/toggle", tag = "numbers",
    params(("id" = String, Path)),
    request_body = Option<super::dto::ToggleNumber>,
    responses((status = 200, body = Number), (status = 404), (status = 422)))]
pub(super) async fn toggle(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(id): PathPart,
    head: WriteHead,
    body: JsonBody,
) -> Result<Response, Problem> {
    actor.require(Action::ManageNumbers)?;
    let id = parse(&id)?;
    let mut fields = Fields::of(&body);
    let wanted = fields.boolean("is_active").value();
    fields.finish()?;
    let done = write(&app, &actor, &head, &body.bytes, async |request| {
        let written = match wanted {
            Some(is_active) => app.numbers.set_active(&request, id, is_active).await?,
            None => app.numbers.toggle(&request, id).await?,
        };
        Ok(changed(id, written.position))
    })
    .await?;
    let number = read(&app, done.outcome.subject).await?;
    Ok(done.answer(Json(number)))
}

/// Takes a number out of use; its history stays.
#[utoipa::path(delete, path = "/api/v1/whatsapp/numbers/{id}", tag = "numbers",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404)))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(id): PathPart,
    head: WriteHead,
) -> Result<Response, Problem> {
    actor.require(Action::ManageNumbers)?;
    let id = parse(&id)?;
    let done = write(&app, &actor, &head, &[], async |request| {
        let written = app.numbers.remove(&request, id).await?;
        Ok(Outcome {
            status: StatusCode::NO_CONTENT,
            ..changed(id, written.position)
        })
    })
    .await?;
    Ok(done.answer(()))
}

fn changed(id: NumberId, position: u64) -> Outcome {
    Outcome {
        status: StatusCode::OK,
        subject: id.as_uuid(),
        position,
    }
}

fn parse(id: &str) -> Result<NumberId, Problem> {
    id.parse().map_err(|_| Problem::new("not_found"))
}

async fn read(app: &App, id: Uuid) -> Result<Number, Problem> {
    let id = NumberId::new(id);
    let view = match app.reads().number(id).await? {
        None => unseen::number(app, id).await?,
        shown => shown,
    };
    let view = view
        .filter(|view| view.removed_at.is_none())
        .ok_or_else(|| Problem::new("not_found"))?;
    show(app, view).await
}

/// The inbox says when Meta was last heard of: statuses count too, and so do items not handled yet.
async fn show(app: &App, mut view: NumberView) -> Result<Number, Problem> {
    let seen = app.inbox.last_seen_at(&view.phone_number_id).await?;
    view.webhook_last_seen_at = seen.max(view.webhook_last_seen_at);
    Ok(Number::from_view(view, app.config.webhook_url(app.port)))
}

/// A number to add, from the members of a JSON object.
pub(crate) fn new_number(members: &Map<String, Value>) -> Result<AddNumber, Problem> {
    let mut fields = Fields::of_members(members);
    let display_name = fields.short_text("display_name", NAME_LIMIT);
    let display_name = fields.require("display_name", display_name);
    let phone_number = phone(&mut fields);
    if phone_number.is_none() {
        let missing = Given::<String>::Absent;
        fields.require("phone_number", missing);
    }
    let phone_number_id = fields.digits("phone_number_id");
    let phone_number_id = fields.require("phone_number_id", phone_number_id);
    let account = fields.digits("whatsapp_business_account_id").value();
    let token = fields.short_text("access_token", SECRET_LIMIT);
    let token = fields.require("access_token", token);
    let app_secret = fields.short_text("app_secret", SECRET_LIMIT).value();
    let is_active = fields.boolean("is_active").value().unwrap_or(true);
    fields.finish()?;
    let phone_number = phone_number.ok_or_else(|| Problem::new("validation_failed"))?;
    Ok(AddNumber {
        kind: NumberKind::Live,
        details: NumberDetails {
            display_name,
            phone_number,
            phone_number_id,
            whatsapp_business_account_id: account,
        },
        access_token: SecretString::from(token),
        app_secret: app_secret.map(SecretString::from),
        is_active,
    })
}

/// What is to change of a number, from the members of a JSON object; absent ones stay.
pub(crate) fn changes(members: &Map<String, Value>) -> Result<EditNumber, Problem> {
    let mut fields = Fields::of_members(members);
    let display_name = fields.short_text("display_name", NAME_LIMIT).value();
    let phone_number = phone(&mut fields);
    let phone_number_id = fields.digits("phone_number_id").value();
    let whatsapp_business_account_id = match fields.digits("whatsapp_business_account_id") {
        Given::Absent => None,
        Given::Null => Some(None),
        Given::Value(account) => Some(Some(account)),
    };
    let token = fields
        .text("access_token")
        .value()
        .unwrap_or_default()
        .trim()
        .to_owned();
    let app_secret = match fields.short_text("app_secret", SECRET_LIMIT) {
        Given::Absent => None,
        Given::Null => Some(None),
        Given::Value(secret) => Some(Some(SecretString::from(secret))),
    };
    let is_active = fields.boolean("is_active").value();
    fields.finish()?;
    Ok(EditNumber {
        display_name,
        phone_number,
        phone_number_id,
        whatsapp_business_account_id,
        access_token: (!token.is_empty()).then(|| SecretString::from(token)),
        app_secret,
        is_active,
    })
}

fn phone(fields: &mut Fields<'_>) -> Option<E164> {
    let text = fields.text("phone_number").value()?;
    let parsed = E164::parse(&text).ok();
    if parsed.is_none() {
        fields.error(FieldError::new(
            "phone_number",
            "invalid_phone",
            Text::new(
                "must be in international form, e.g. +79001234567",
                "должен быть в международном формате, например +79001234567",
            ),
        ));
    }
    parsed
}
