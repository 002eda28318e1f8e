//! `/conversations`: list, read, close and reopen, take over.

use std::sync::Arc;

use application::use_cases::policy::Action;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::ids::ConversationId;
use projections::conversation::ConversationFilter;
use serde::Serialize;
use uuid::Uuid;

use super::App;
use super::body::{Fields, JsonBody};
use super::dto::Conversation;
use super::path::PathPart;
use super::query::Query;
use super::write::{Outcome, WriteHead, write};
use crate::auth::Actor;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};
use crate::search;

/// Characters of a note.
const NOTE_LIMIT: usize = 4096;

/// A conversation that was just taken over.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TakenConversation {
    /// The conversation.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// Bot messages that had begun to leave and will still arrive.
    pub messages_on_their_way: usize,
}

/// Conversations, the last message newest first.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations",
    params(
        ("status" = Option<String>, Query, description = "active, closed or all"),
        ("limit" = Option<u32>, Query, description = "1 to 200, default 50"),
        ("after" = Option<String>, Query, description = "X-Next-Cursor of the page before"),
        ("search" = Option<String>, Query, description = "part of name, username or number"),
        ("whatsapp_number_id" = Option<String>, Query),
        ("handler" = Option<String>, Query, description = "bot, person or nobody"),
    ),
    responses((status = 200, body = Vec<Conversation>), (status = 422)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    actor: Actor,
    mut query: Query,
) -> Result<Response, Problem> {
    actor.require(Action::ReadConversations)?;
    let statuses = [
        ("active", Some(false)),
        ("closed", Some(true)),
        ("all", None),
    ];
    let is_closed = query.choice("status", &statuses).flatten();
    let handlers = [("bot", "bot"), ("person", "person"), ("nobody", "nobody")];
    let handler = query.choice("handler", &handlers).map(str::to_owned);
    let number = query.id("whatsapp_number_id");
    let limit = query.limit(50, 200);
    let search = search::checked("search", query.get("search")).unwrap_or_else(|error| {
        query.fault(*error);
        None
    });
    query.finish()?;
    let filter = ConversationFilter {
        is_closed,
        search,
        number,
        handler,
        ..ConversationFilter::default()
    };
    let page = app
        .reads()
        .conversations(&filter, query.get("after"), limit)
        .await?;
    let headers = query.page_headers(&[("next", "after", page.next.as_deref())]);
    let shown: Vec<Conversation> = page.items.into_iter().map(Conversation::from).collect();
    Ok((headers, Json(shown)).into_response())
}

/// One conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "conversations",
    params(("id" = String, Path)),
    responses((status = 200, body = Conversation), (status = 404)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(id): PathPart,
) -> Result<Json<Conversation>, Problem> {
    actor.require(Action::ReadConversations)?;
    Ok(Json(read(&app, parse(&id)?.as_uuid()).await?))
}

/// Closes or reopens a conversation.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}", tag = "conversations",
    params(("id" = String, Path)),
    request_body = super::dto::UpdateConversation,
    responses((status = 200, body = Conversation), (status = 404), (status = 422)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(id): PathPart,
    head: WriteHead,
    body: JsonBody,
) -> Result<Response, Problem> {
    actor.require(Action::Close)?;
    let id = parse(&id)?;
    let mut fields = Fields::of(&body);
    let status = fields.text("status");
    let status = fields.require("status", status);
    if !status.is_empty() && !matches!(status.as_str(), "active" | "closed") {
        fields.error(FieldError::new(
            "status",
            "invalid_choice",
            Text::new(
                "must be one of active, closed",
                "должно быть одним из: active, closed",
            ),
        ));
    }
    fields.finish()?;
    let person = actor.person();
    let done = write(&app, &actor, &head, &body.bytes, async |request| {
        let written = if status == "closed" {
            app.conversations.close(&request, id, &person).await?
        } else {
            app.conversations.reopen(&request, id, &person).await?
        };
        Ok(changed(id, written.position))
    })
    .await?;
    let conversation = read(&app, done.outcome.subject).await?;
    Ok(done.answer(Json(conversation)))
}

/// Takes a conversation over from the bot, or with `force` from another person.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/takeover", tag = "conversations",
    params(("id" = String, Path)),
    request_body = Option<super::dto::TakeOver>,
    responses((status = 200, body = TakenConversation), (status = 404), (status = 409)))]
pub(super) async fn take_over(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(id): PathPart,
    head: WriteHead,
    body: JsonBody,
) -> Result<Response, Problem> {
    actor.require(Action::TakeOver)?;
    let id = parse(&id)?;
    let mut fields = Fields::of(&body);
    let force = fields.boolean("force").value().unwrap_or(false);
    let note = fields.short_text("note", NOTE_LIMIT).value();
    fields.finish()?;
    let person = actor.person();
    let mut attempting = 0;
    let done = write(&app, &actor, &head, &body.bytes, async |request| {
        let written = app
            .conversations
            .take_over(&request, id, &person, force, note)
            .await;
        let written = match written {
            Ok(written) => written,
            Err(error) => return Err(app.refusal(error).await),
        };
        attempting = written.value.attempting;
        Ok(changed(id, written.position))
    })
    .await?;
    let conversation = read(&app, done.outcome.subject).await?;
    Ok(done.answer(Json(TakenConversation {
        conversation,
        messages_on_their_way: attempting,
    })))
}

pub(super) fn changed(id: ConversationId, position: u64) -> Outcome {
    Outcome {
        status: StatusCode::OK,
        subject: id.as_uuid(),
        position,
    }
}

pub(super) fn parse(id: &str) -> Result<ConversationId, Problem> {
    id.parse().map_err(|_| Problem::new("not_found"))
}

pub(super) async fn read(app: &App, id: Uuid) -> Result<Conversation, Problem> {
    let view = app.reads().conversation(ConversationId::new(id)).await?;
    view.map(Conversation::from)
        .ok_or_else(|| Problem::new("not_found"))
}
