//! `/conversations/{id}/messages`: the timeline, and writing to the customer.

use std::sync::Arc;

use application::ports::outbox::OutboxState;
use application::use_cases::conversations::SendText;
use application::use_cases::policy::Action;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::ids::{ConversationId, MessageId};
use projections::message::{MessageCursor, MessageStatus, MessageView, SendState};

use super::App;
use super::app::page_problem;
use super::body::{Fields, Given, JsonBody};
use super::conversations::parse;
use super::dto::Message;
use super::path::PathPart;
use super::query::Query;
use super::unseen;
use super::write::{Outcome, WriteHead, write};
use crate::auth::Actor;
use crate::i18n::{Lang, Text};
use crate::problem::{FieldError, Problem};

/// Messages of a conversation, oldest first; without a cursor the newest.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages", tag = "messages",
    params(
        ("id" = String, Path),
        ("limit" = Option<u32>, Query, description = "1 to 5000, default 100"),
        ("before" = Option<String>, Query, description = "cursor of older messages"),
        ("after" = Option<String>, Query, description = "cursor of newer messages"),
    ),
    responses((status = 200, body = Vec<Message>), (status = 404), (status = 422)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(id): PathPart,
    Extension(lang): Extension<Lang>,
    mut query: Query,
) -> Result<Response, Problem> {
    actor.require(Action::ReadConversations)?;
    let id = parse(&id)?;
    let limit = query.limit(100, 5_000);
    query.finish()?;
    if app.reads().conversation(id).await?.is_none() {
        return Err(Problem::new("not_found"));
    }
    let cursor = match (query.get("before"), query.get("after")) {
        (Some(before), _) => MessageCursor::Before(before),
        (None, Some(after)) => MessageCursor::After(after),
        (None, None) => MessageCursor::Newest,
    };
    let parameter = if query.get("before").is_some() {
        "before"
    } else {
        "after"
    };
    let page = app
        .reads()
        .messages(id, cursor, limit)
        .await
        .map_err(|error| page_problem(error, parameter))?;
    let headers = query.page_headers(&[
        ("prev", "before", page.previous.as_deref()),
        ("next", "after", page.next.as_deref()),
    ]);
    let shown = show(&app, page.items, lang).await?;
    Ok((headers, Json(shown)).into_response())
}

/// Writes to the customer: recorded durably, sent after.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = String, Path)),
    request_body = super::dto::SendMessage,
    responses((status = 201, body = Message), (status = 404), (status = 409), (status = 422)))]
pub(super) async fn send(
    State(app): State<Arc<App>>,
    actor: Actor,
    PathPart(id): PathPart,
    Extension(lang): Extension<Lang>,
    head: WriteHead,
    body: JsonBody,
) -> Result<Response, Problem> {
    actor.require(Action::Send)?;
    let id = parse(&id)?;
    let (text, repeated) = text_to_send(&app, &actor, id, &body).await?;
    let said = text.clone();
    let done = write(&app, &actor, &head, &body.bytes, async |request| {
        // Asked here, so that a request that was carried out is known again whatever became of the message since.
        require_repeatable(repeated.as_ref())?;
        let written = app.conversations.send_text(&request, id, text).await?;
        Ok(Outcome {
            status: StatusCode::CREATED,
            subject: written.value.as_uuid(),
            position: written.position,
        })
    })
    .await?;
    let message = MessageId::new(done.outcome.subject);
    let shown = match app.reads().message(message).await? {
        Some(view) => show(&app, vec![view], lang).await?.pop(),
        None => unseen::message(&app, &actor, id, done.outcome, said).await?,
    };
    let shown = shown.ok_or_else(|| Problem::new("not_found"))?;
    Ok(done.answer(Json(shown)))
}

async fn text_to_send(
    app: &App,
    actor: &Actor,
    id: ConversationId,
    body: &JsonBody,
) -> Result<(SendText, Option<MessageView>), Problem> {
    let mut fields = Fields::of(body);
    let content = fields.text("content");
    let content = fields.require("content", content);
    if let Given::Value(kind) = fields.text("message_type")
        && kind != "text"
    {
        fields.error(FieldError::new(
            "message_type",
            "not_supported",
            Text::new(
                "must be text; other kinds cannot be sent yet",
                "должно быть text; другие виды пока не отправляются",
            ),
        ));
    }
    let keep_bot = fields.boolean("keep_bot").value().unwrap_or(false);
    let preview_url = fields.boolean("preview_url").value();
    let quoted = named_message(app, id, &mut fields, "reply_to").await?;
    let repeated = named_message(app, id, &mut fields, "repeats").await?;
    fields.finish()?;
    let text = SendText {
        by: actor.person(),
        body: content,
        preview_url,
        reply_to: quoted.as_ref().map(|view| view.id),
        reply_to_wamid: quoted.and_then(|view| view.wamid),
        repeats: repeated.as_ref().map(|view| view.id),
        keep_bot,
    };
    Ok((text, repeated))
}

/// The message of this conversation that a member names.
async fn named_message(
    app: &App,
    conversation: ConversationId,
    fields: &mut Fields<'_>,
    name: &str,
) -> Result<Option<MessageView>, Problem> {
    let Given::Value(text) = fields.text(name) else {
        return Ok(None);
    };
    let found = match text.parse() {
        Ok(id) => app.reads().message(id).await?,
        Err(_) => None,
    };
    let found = found.filter(|view| view.conversation == conversation);
    if found.is_none() {
        fields.error(FieldError::new(
            name,
            "unknown_message",
            Text::new(
                "is no message of this conversation",
                "не является сообщением этого диалога",
            ),
        ));
    }
    Ok(found)
}

/// Refuses to repeat what arrived, may still arrive, or was said by the customer.
///
/// # Errors
/// `message_not_repeatable`.
pub(crate) fn require_repeatable(message: Option<&MessageView>) -> Result<(), Problem> {
    let Some(message) = message else {
        return Ok(());
    };
    let did_not_arrive = matches!(
        message.status,
        MessageStatus::Failed | MessageStatus::Canceled
    );
    let is_unknown =
        message.status == MessageStatus::Pending && message.send_state == Some(SendState::Unknown);
    if did_not_arrive || is_unknown {
        Ok(())
    } else {
        Err(Problem::new("message_not_repeatable"))
    }
}

/// Adds what only the outbox knows: which messages are being attempted now.
async fn show(app: &App, views: Vec<MessageView>, lang: Lang) -> Result<Vec<Message>, Problem> {
    let queued: Vec<MessageId> = views
        .iter()
        .filter(|view| view.send_state == Some(SendState::Queued))
        .map(|view| view.id)
        .collect();
    let states = if queued.is_empty() {
        std::collections::HashMap::new()
    } else {
        app.outbox.states(&queued).await?
    };
    let shown = views.into_iter().map(|view| {
        let state: Option<OutboxState> = states.get(&view.id).copied();
        Message::from_view(view, state, lang)
    });
    Ok(shown.collect())
}
