//! Mutations that write to the customer: recorded durably, sent after.

use application::use_cases::conversations::SendText;
use application::use_cases::policy::Action;
use async_graphql::{Context, ID, Object};
use domain::ids::{ConversationId, MessageId};
use domain::message::Button;
use projections::message::MessageView;

use super::mutations::{conversation_id, shown};
use super::payload::{SendButtonsInput, SendPayload, SendStatus, SendTextInput};
use crate::graphql::context::{app, caller, loaders};
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::loaders::MessageKey;
use crate::graphql::message::Message;
use crate::graphql::write::{Answer, Call, Change, write};
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};
use crate::rest::messages::require_repeatable;

/// Mutations that write to the customer.
#[derive(Debug, Default)]
pub(crate) struct SendMutations;

#[Object]
impl SendMutations {
    /// Writes to the customer: recorded durably, sent after.
    #[graphql(guard = "Can(Action::Send)")]
    async fn send_text(
        &self,
        ctx: &Context<'_>,
        input: SendTextInput,
    ) -> Result<SendPayload, Problem> {
        let (app, id) = (app(ctx)?, conversation_id(&input.conversation)?);
        let call = Call::new("sendText", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, SendStatus::of, async |request| {
            let quoted = named(ctx, id, "replyTo", input.reply_to.as_ref()).await?;
            let repeated = named(ctx, id, "repeats", input.repeats.as_ref()).await?;
            require_repeatable(repeated.as_ref())?;
            let text = SendText {
                by: caller(ctx)?.actor.person(),
                body: input.content.clone(),
                preview_url: input.preview_url,
                reply_to: quoted.as_ref().map(|view| view.id),
                reply_to_wamid: quoted.and_then(|view| view.wamid),
                repeats: repeated.map(|view| view.id),
                keep_bot: input.keep_bot,
            };
            let written = app.conversations.send_text(&request, id, text).await?;
            Ok(Change {
                subject: written.value.as_uuid(),
                position: written.position,
            })
        })
        .await?;
        payload(ctx, id, done).await
    }

    /// Asks the customer with one to three reply buttons: recorded durably, sent after. What is pressed comes
    /// back as a message with the button's title.
    #[graphql(guard = "Can(Action::Send)")]
    async fn send_buttons(
        &self,
        ctx: &Context<'_>,
        input: SendButtonsInput,
    ) -> Result<SendPayload, Problem> {
        let (app, id) = (app(ctx)?, conversation_id(&input.conversation)?);
        let call = Call::new("sendButtons", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, SendStatus::of, async |request| {
            let quoted = named(ctx, id, "replyTo", input.reply_to.as_ref()).await?;
            let repeated = named(ctx, id, "repeats", input.repeats.as_ref()).await?;
            require_repeatable(repeated.as_ref())?;
            let question = SendText {
                by: caller(ctx)?.actor.person(),
                body: input.content.clone(),
                preview_url: None,
                reply_to: quoted.as_ref().map(|view| view.id),
                reply_to_wamid: quoted.and_then(|view| view.wamid),
                repeats: repeated.map(|view| view.id),
                keep_bot: input.keep_bot,
            };
            let buttons = input.buttons.iter().map(|button| Button {
                id: button.id.clone(),
                title: button.title.clone(),
            });
            let written = app
                .conversations
                .send_buttons(&request, id, question, buttons.collect())
                .await?;
            Ok(Change {
                subject: written.value.as_uuid(),
                position: written.position,
            })
        })
        .await?;
        payload(ctx, id, done).await
    }
}

async fn payload(
    ctx: &Context<'_>,
    conversation: ConversationId,
    answer: Answer<SendStatus>,
) -> Result<SendPayload, Problem> {
    let sent = match answer.subject {
        Some(message) => {
            let key = MessageKey(MessageId::new(message));
            loaders(ctx)?.load(key).await?.map(Message)
        }
        None => None,
    };
    Ok(SendPayload {
        status: answer.refusal.unwrap_or(SendStatus::Done),
        sent,
        conversation: shown(ctx, conversation).await?,
        outcome: answer.outcome,
    })
}

/// The message of this conversation that a member of the input names.
async fn named(
    ctx: &Context<'_>,
    conversation: ConversationId,
    member: &str,
    id: Option<&ID>,
) -> Result<Option<MessageView>, Problem> {
    let Some(id) = id else {
        return Ok(None);
    };
    let key = MessageKey(Kind::Message.parse(member, id)?);
    let found = loaders(ctx)?.load(key).await?;
    let view = found.filter(|view| view.conversation == conversation);
    if view.is_some() {
        return Ok(view);
    }
    let message = Text::new(
        "is no message of this conversation",
        "не является сообщением этого диалога",
    );
    let error = FieldError::new(member, "unknown_message", message);
    Err(Problem::invalid(vec![error]))
}
