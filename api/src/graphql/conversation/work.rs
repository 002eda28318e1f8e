//! Assigning, leaving notes, marking as read.

use application::use_cases::policy::Action;
use async_graphql::{Context, ID, InputObject, Object};
use domain::ids::{MessageId, TokenId};

use super::mutations::{change, conversation_id, payload};
use super::payload::{ConversationMutationStatus as Status, ConversationPayload};
use crate::graphql::context::{app, caller};
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::write::{Call, write};
use crate::problem::Problem;

/// To whom a conversation shall be assigned.
#[derive(InputObject)]
pub(crate) struct AssignConversationInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The conversation.
    conversation: ID,
    /// One of `people`; left out or null: nobody.
    assignee: Option<ID>,
}

/// A note for colleagues.
#[derive(InputObject)]
pub(crate) struct LeaveNoteInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The conversation.
    conversation: ID,
    /// The text, 1 to 4096 characters.
    note: String,
}

/// How far a conversation was read.
#[derive(InputObject)]
pub(crate) struct MarkReadInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The conversation.
    conversation: ID,
    /// The last message that was seen; left out: all of them. What came after it stays unread.
    up_to: Option<ID>,
}

/// Mutations of the work on conversations.
#[derive(Debug, Default)]
pub(crate) struct WorkMutations;

#[Object]
impl WorkMutations {
    /// Assigns a conversation to a person, or to nobody. Who handles it stays as it is.
    #[graphql(guard = "Can(Action::Assign)")]
    async fn assign_conversation(
        &self,
        ctx: &Context<'_>,
        input: AssignConversationInput,
    ) -> Result<ConversationPayload, Problem> {
        let (app, id) = (app(ctx)?, conversation_id(&input.conversation)?);
        let person = caller(ctx)?.actor.person();
        let to = input.assignee.as_ref();
        let to: Option<TokenId> = to
            .map(|to| Kind::ApiToken.parse("assignee", to))
            .transpose()?;
        let call = Call::new(
            "assignConversation",
            input.client_mutation_id.as_ref(),
            &input,
        );
        let done = write(ctx, call, Status::of, async |request| {
            let written = app.conversations.assign(&request, id, to, &person).await?;
            Ok(change(id, written.position))
        })
        .await?;
        payload(ctx, id, done).await
    }

    /// Leaves a note that only people here see.
    #[graphql(guard = "Can(Action::Note)")]
    async fn leave_note(
        &self,
        ctx: &Context<'_>,
        input: LeaveNoteInput,
    ) -> Result<ConversationPayload, Problem> {
        let (app, id) = (app(ctx)?, conversation_id(&input.conversation)?);
        let person = caller(ctx)?.actor.person();
        let call = Call::new("leaveNote", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let note = input.note.clone();
            let written = app.conversations.note(&request, id, &person, note).await?;
            Ok(change(id, written.position))
        })
        .await?;
        payload(ctx, id, done).await
    }

    /// Marks a conversation as read; the customer sees it too once nothing is left unread.
    #[graphql(guard = "Can(Action::MarkRead)")]
    async fn mark_read(
        &self,
        ctx: &Context<'_>,
        input: MarkReadInput,
    ) -> Result<ConversationPayload, Problem> {
        let (app, id) = (app(ctx)?, conversation_id(&input.conversation)?);
        let person = caller(ctx)?.actor.person();
        let up_to = input.up_to.as_ref();
        let up_to: Option<MessageId> = up_to
            .map(|up_to| Kind::Message.parse("upTo", up_to))
            .transpose()?;
        let call = Call::new("markRead", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let conversations = &app.conversations;
            let written = conversations
                .mark_read(&request, id, &person, up_to)
                .await?;
            Ok(change(id, written.position))
        })
        .await?;
        payload(ctx, id, done).await
    }
}
