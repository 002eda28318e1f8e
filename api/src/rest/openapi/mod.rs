//! The description of the API, made from the handlers and answers themselves.

use axum::Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::content::Content;
use utoipa::openapi::schema::Ref;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{activity, conversations, dto, events, handback, health, messages, numbers, webhook};

/// The document.
#[derive(Debug, OpenApi)]
#[openapi(
    info(title = "Vestnik", description = "REST API of Vestnik, a WhatsApp Business platform."),
    paths(
        webhook::verify,
        webhook::receive,
        numbers::list,
        numbers::get,
        numbers::create,
        numbers::update,
        numbers::toggle,
        numbers::remove,
        conversations::list,
        conversations::get,
        conversations::update,
        conversations::take_over,
        handback::hand_back,
        messages::list,
        messages::send,
        events::export,
        activity::csv,
        health::alive,
        health::ready,
    ),
    components(schemas(
        dto::Number,
        dto::Token,
        dto::Conversation,
        dto::Customer,
        dto::Handler,
        dto::ConversationBot,
        dto::Named,
        dto::LastMessage,
        dto::Message,
        dto::Sender,
        dto::MessageError,
        dto::Reaction,
        conversations::TakenConversation,
        dto::Problem,
        dto::FieldError,
        dto::AddNumber,
        dto::EditNumber,
        dto::ToggleNumber,
        dto::UpdateConversation,
        dto::TakeOver,
        dto::SendMessage,
    )),
    modifiers(&BearerToken, &Problems),
    security(("token" = []))
)]
struct Document;

#[derive(Debug)]
struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        if let Some(components) = &mut document.components {
            components.add_security_scheme("token", SecurityScheme::Http(scheme));
        }
    }
}

/// Every error is a problem, so handlers need not say it of each status.
#[derive(Debug)]
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut document.paths.paths {
            // The probe answers 503 with what it checks.
            if path == "/readyz" {
                continue;
            }
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                for (status, response) in &mut operation.responses.responses {
                    if let RefOr::T(response) = response
                        && status.as_str() >= "400"
                    {
                        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
                        let kind = "application/problem+json".to_owned();
                        response.content.insert(kind, RefOr::T(problem));
                    }
                }
            }
        }
    }
}

/// The description as JSON.
pub(super) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

#[cfg(test)]
mod tests;
