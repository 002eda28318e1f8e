//! Mutations of conversations.

use application::use_cases::policy::Action;
use async_graphql::{Context, Object};
use domain::ids::ConversationId;
use domain::message::limits::utf16_len;

use super::Conversation;
use super::payload::{
    ConversationInput, ConversationMutationStatus as Status, ConversationPayload, HandBackInput,
    TakeOverInput,
};
use crate::graphql::context::{app, caller, loaders};
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::loaders::ConversationKey;
use crate::graphql::write::{Answer, Call, Change, write};
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// Characters of a note.
const NOTE_LIMIT: usize = 4096;

/// Mutations of conversations.
#[derive(Debug, Default)]
pub(crate) struct ConversationMutations;

#[Object]
impl ConversationMutations {
    /// Takes a conversation over from the bot, or with `force` from another person.
    #[graphql(guard = "Can(Action::TakeOver)")]
    async fn take_over(
        &self,
        ctx: &Context<'_>,
        input: TakeOverInput,
    ) -> Result<ConversationPayload, Problem> {
        let (app, id) = (app(ctx)?, conversation_id(&input.conversation)?);
        let person = caller(ctx)?.actor.person();
        let mut on_their_way = None;
        let call = Call::new("takeOver", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let note = note(input.note.as_deref())?;
            let written = app
                .conversations
                .take_over(&request, id, &person, input.force, note)
                .await?;
            on_their_way = Some(written.value.attempting);
            Ok(change(id, written.position))
        })
        .await?;
        let mut payload = payload(ctx, id, done).await?;
        payload.messages_on_their_way = on_their_way;
        Ok(payload)
    }

    /// Hands a conversation back: nobody handles it, bots may start again.
    #[graphql(guard = "Can(Action::HandBack)")]
    async fn hand_back(
        &self,
        ctx: &Context<'_>,
        input: HandBackInput,
    ) -> Result<ConversationPayload, Problem> {
        let (app, id) = (app(ctx)?, conversation_id(&input.conversation)?);
        let person = caller(ctx)?.actor.person();
        let mut resumed = None;
        let call = Call::new("handBack", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let written = app
                .conversations
                .hand_back(&request, id, &person, input.mode.into())
                .await?;
            resumed = Some(written.value.resumed);
            Ok(change(id, written.position))
        })
        .await?;
        let mut payload = payload(ctx, id, done).await?;
        payload.resumed = resumed;
        Ok(payload)
    }

    /// Closes a conversation; whatever the customer writes opens it again.
    #[graphql(guard = "Can(Action::Close)")]
    async fn close_conversation(
        &self,
        ctx: &Context<'_>,
        input: ConversationInput,
    ) -> Result<ConversationPayload, Problem> {
        let (app, id) = (app(ctx)?, conversation_id(&input.conversation)?);
        let person = caller(ctx)?.actor.person();
        let call = Call::new(
            "closeConversation",
            input.client_mutation_id.as_ref(),
            &input,
        );
        let done = write(ctx, call, Status::of, async |request| {
            let written = app.conversations.close(&request, id, &person).await?;
            Ok(change(id, written.position))
        })
        .await?;
        payload(ctx, id, done).await
    }

    /// Reopens a conversation.
    #[graphql(guard = "Can(Action::Close)")]
    async fn reopen_conversation(
        &self,
        ctx: &Context<'_>,
        input: ConversationInput,
    ) -> Result<ConversationPayload, Problem> {
        let (app, id) = (app(ctx)?, conversation_id(&input.conversation)?);
        let person = caller(ctx)?.actor.person();
        let call = Call::new(
            "reopenConversation",
            input.client_mutation_id.as_ref(),
            &input,
        );
        let done = write(ctx, call, Status::of, async |request| {
            let written = app.conversations.reopen(&request, id, &person).await?;
            Ok(change(id, written.position))
        })
        .await?;
        payload(ctx, id, done).await
    }
}

pub(super) fn conversation_id(id: &async_graphql::ID) -> Result<ConversationId, Problem> {
    Kind::Conversation.parse("conversation", id)
}

pub(super) const fn change(id: ConversationId, position: u64) -> Change {
    Change {
        subject: id.as_uuid(),
        position,
    }
}

pub(super) async fn shown(
    ctx: &Context<'_>,
    id: ConversationId,
) -> Result<Option<Conversation>, Problem> {
    let found = loaders(ctx)?.load(ConversationKey(id)).await?;
    Ok(found.map(Conversation))
}

pub(super) async fn payload(
    ctx: &Context<'_>,
    id: ConversationId,
    answer: Answer<Status>,
) -> Result<ConversationPayload, Problem> {
    Ok(ConversationPayload {
        status: answer.refusal.unwrap_or(Status::Done),
        conversation: shown(ctx, id).await?,
        messages_on_their_way: None,
        resumed: None,
        outcome: answer.outcome,
    })
}

fn note(note: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(note) = note.map(str::trim) else {
        return Ok(None);
    };
    let actual = utf16_len(note);
    if (1..=NOTE_LIMIT).contains(&actual) {
        return Ok(Some(note.to_owned()));
    }
    let message = Text::made(
        format!("must have 1 to {NOTE_LIMIT} characters"),
        format!("должно содержать от 1 до {NOTE_LIMIT} символов"),
    );
    let error = FieldError::new("note", "invalid_length", message);
    Err(Problem::invalid(vec![
        error.with_limit(NOTE_LIMIT as u64, actual as u64),
    ]))
}
