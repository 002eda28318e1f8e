//! Mutations of quick replies.

use application::use_cases::policy::Action;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::ids::QuickReplyId;
use domain::quick_reply::Texts;

use super::{LocalizedText, QuickReply};
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::outcome::Outcome;
use crate::graphql::write::{Answer, Call, Change, write};
use crate::problem::Problem;

/// A quick reply to add.
#[derive(InputObject)]
pub(crate) struct AddQuickReplyInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// What is typed after `/`.
    shortcut: String,
    /// The texts; the last one of a language counts.
    texts: Vec<LocalizedText>,
}

/// A quick reply as it shall be.
#[derive(InputObject)]
pub(crate) struct EditQuickReplyInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The quick reply.
    quick_reply: ID,
    /// What is typed after `/`.
    shortcut: String,
    /// All texts; the last one of a language counts.
    texts: Vec<LocalizedText>,
}

/// A quick reply to remove.
#[derive(InputObject)]
pub(crate) struct RemoveQuickReplyInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The quick reply.
    quick_reply: ID,
}

/// What came of a mutation of a quick reply.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum QuickReplyMutationStatus {
    /// Done, also where it was so before.
    Done,
    /// Fields cannot be accepted, see `violations`.
    Invalid,
}

/// What a mutation of a quick reply answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct QuickReplyPayload {
    /// What came of it.
    status: QuickReplyMutationStatus,
    /// The quick reply as it is now; null once it is removed.
    quick_reply: Option<QuickReply>,
    /// The rest.
    #[graphql(flatten)]
    outcome: Outcome,
}

/// Mutations of quick replies.
#[derive(Debug, Default)]
pub(crate) struct QuickReplyMutations;

#[Object]
impl QuickReplyMutations {
    /// Adds a quick reply.
    #[graphql(guard = "Can(Action::QuickReplies)")]
    async fn add_quick_reply(
        &self,
        ctx: &Context<'_>,
        input: AddQuickReplyInput,
    ) -> Result<QuickReplyPayload, Problem> {
        let app = app(ctx)?;
        let call = Call::new("addQuickReply", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, refusal, async |request| {
            let texts = texts(&input.texts);
            let replies = &app.quick_replies;
            let written = replies.add(&request, input.shortcut.clone(), texts).await?;
            Ok(change(written.value, written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Changes a quick reply.
    #[graphql(guard = "Can(Action::QuickReplies)")]
    async fn edit_quick_reply(
        &self,
        ctx: &Context<'_>,
        input: EditQuickReplyInput,
    ) -> Result<QuickReplyPayload, Problem> {
        let (app, id) = (app(ctx)?, reply_id(&input.quick_reply)?);
        let call = Call::new("editQuickReply", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, refusal, async |request| {
            let texts = texts(&input.texts);
            let replies = &app.quick_replies;
            let written = replies
                .edit(&request, id, input.shortcut.clone(), texts)
                .await?;
            Ok(change(written.value, written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Takes a quick reply away.
    #[graphql(guard = "Can(Action::QuickReplies)")]
    async fn remove_quick_reply(
        &self,
        ctx: &Context<'_>,
        input: RemoveQuickReplyInput,
    ) -> Result<QuickReplyPayload, Problem> {
        let (app, id) = (app(ctx)?, reply_id(&input.quick_reply)?);
        let call = Call::new(
            "removeQuickReply",
            input.client_mutation_id.as_ref(),
            &input,
        );
        let done = write(ctx, call, refusal, async |request| {
            let written = app.quick_replies.remove(&request, id).await?;
            Ok(change(written.value, written.position))
        })
        .await?;
        payload(ctx, done).await
    }
}

fn texts(texts: &[LocalizedText]) -> Texts {
    let texts = texts.iter();
    texts
        .map(|one| (one.language.clone(), one.text.clone()))
        .collect()
}

fn reply_id(id: &ID) -> Result<QuickReplyId, Problem> {
    Kind::QuickReply.parse("quickReply", id)
}

const fn change(id: QuickReplyId, position: u64) -> Change {
    Change {
        subject: id.as_uuid(),
        position,
    }
}

fn refusal(code: &str) -> Option<QuickReplyMutationStatus> {
    (code == "validation_failed").then_some(QuickReplyMutationStatus::Invalid)
}

async fn payload(
    ctx: &Context<'_>,
    answer: Answer<QuickReplyMutationStatus>,
) -> Result<QuickReplyPayload, Problem> {
    let quick_reply = match answer.subject {
        Some(id) => app(ctx)?.reads().quick_reply(QuickReplyId::new(id)).await?,
        None => None,
    };
    Ok(QuickReplyPayload {
        status: answer.refusal.unwrap_or(QuickReplyMutationStatus::Done),
        quick_reply: quick_reply.map(QuickReply),
        outcome: answer.outcome,
    })
}
