//! The subscription to the messages of a conversation.

use std::collections::{HashMap, VecDeque};

use application::ports::event_log::RecordedEvent;
use application::use_cases::policy::Action;
use async_graphql::{Context, ID, SimpleObject, Subscription};
use domain::any_event::AnyEvent;
use domain::bot_session::BotSessionEvent;
use domain::conversation::ConversationEvent;
use domain::ids::{ConversationId, MessageId};
use domain::stream::lane_of;
use futures::{Stream, stream};

use super::change::Changes;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::message::Message;
use crate::problem::Problem;

/// A message that came or changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct MessageChange {
    /// Hand this back as `after` to go on behind this change.
    cursor: String,
    /// The message as it is now.
    message: Message,
}

/// Subscriptions to messages.
#[derive(Debug, Default)]
pub(crate) struct MessageSubscriptions;

#[Subscription]
impl MessageSubscriptions {
    /// Messages of a conversation that come or change (status, edit, deletion, reaction): each as it is now,
    /// at least once after its last change. Begins behind the cursor `after`, without one with what comes
    /// next.
    #[graphql(guard = "Can(Action::ReadConversations)")]
    async fn message_changed(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        conversation: ID,
    ) -> Result<impl Stream<Item = Result<MessageChange, Problem>>, Problem> {
        let id: ConversationId = Kind::Conversation.parse("conversation", &conversation)?;
        let app = app(ctx)?;
        if app.reads().conversation(id).await?.is_none() {
            return Err(Problem::new("not_found"));
        }
        let changes = Changes::begin(app, after.as_deref())?;
        let state = (changes, VecDeque::new());
        Ok(stream::try_unfold(
            state,
            move |(mut changes, mut ready)| async move {
                loop {
                    if let Some(change) = ready.pop_front() {
                        return Ok(Some((change, (changes, ready))));
                    }
                    ready = refill(&mut changes, id).await?;
                }
            },
        ))
    }
}

async fn refill(
    changes: &mut Changes,
    conversation: ConversationId,
) -> Result<VecDeque<MessageChange>, Problem> {
    // All streams of a conversation share its lane, which tells most others apart without a look-up.
    let lane = lane_of(conversation.as_uuid());
    let keys = changes
        .next(|event| {
            let may_be = event.lane == lane;
            may_be.then(|| message_of(event)).flatten()
        })
        .await?;
    let ids: Vec<MessageId> = keys.iter().map(|(_, id)| *id).collect();
    let read = changes.app.reads().messages_by_ids(&ids).await;
    let views = read.map_err(|error| changes.failed(error.into(), &keys))?;
    let views: HashMap<MessageId, _> = views
        .into_iter()
        .filter(|view| view.conversation == conversation)
        .map(|view| (view.id, view))
        .collect();
    let found = keys.into_iter().filter_map(|(position, id)| {
        Some(MessageChange {
            cursor: changes.cursor(position),
            message: Message(views.get(&id)?.clone()),
        })
    });
    Ok(found.collect())
}

/// The message whose row an event changes.
fn message_of(event: &RecordedEvent) -> Option<MessageId> {
    match &event.data {
        AnyEvent::Delivery(_) => Some(MessageId::new(event.stream.id)),
        AnyEvent::Conversation(
            ConversationEvent::MessageReceived { message, .. }
            | ConversationEvent::MessageQueued { message, .. }
            | ConversationEvent::MessageCanceled { message, .. }
            | ConversationEvent::NoticeReceived { message, .. }
            | ConversationEvent::LeftUnanswered { message, .. },
        )
        | AnyEvent::BotSession(
            BotSessionEvent::InputTaken { message, .. }
            | BotSessionEvent::InputRefused { message, .. },
        ) => Some(*message),
        AnyEvent::Conversation(
            ConversationEvent::ReactionReceived { target, .. }
            | ConversationEvent::EditReceived { target, .. }
            | ConversationEvent::RevokeReceived { target, .. },
        ) => Some(*target),
        _ => None,
    }
}
