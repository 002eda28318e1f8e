//! The subscription to presence: nothing of it is in the log, so it has no cursor.

use std::sync::Arc;

use application::use_cases::policy::Action;
use async_graphql::{Context, ID, SimpleObject, Subscription};
use domain::ids::ConversationId;
use futures::{Stream, stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::presence::{Present, present_in};
use crate::problem::Problem;
use crate::rest::App;

/// Who is there now.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct PresenceChange {
    /// Everyone who looks at the conversation.
    present: Vec<Present>,
}

/// Subscriptions to presence.
#[derive(Debug, Default)]
pub(crate) struct PresenceSubscriptions;

#[Subscription]
impl PresenceSubscriptions {
    /// Who looks at a conversation and who types in it, on this node: at once, and again with each change.
    #[graphql(guard = "Can(Action::Presence)")]
    async fn presence_changed(
        &self,
        ctx: &Context<'_>,
        conversation: ID,
    ) -> Result<impl Stream<Item = PresenceChange>, Problem> {
        let conversation: ConversationId =
            Kind::Conversation.parse("conversation", &conversation)?;
        let app = app(ctx)?;
        if app.reads().conversation(conversation).await?.is_none() {
            return Err(Problem::new("not_found"));
        }
        let room = Room {
            app: Arc::clone(app),
            changes: app.presence.subscribe(),
            conversation,
            told: None,
        };
        Ok(stream::unfold(room, |mut room| async move {
            let change = room.next().await?;
            Some((change, room))
        }))
    }
}

/// A conversation that is watched.
struct Room {
    app: Arc<App>,
    changes: Receiver<ConversationId>,
    conversation: ConversationId,
    told: Option<Vec<Present>>,
}

impl Room {
    async fn next(&mut self) -> Option<PresenceChange> {
        loop {
            let present = present_in(&self.app, self.conversation);
            if self.told.as_ref() != Some(&present) {
                self.told = Some(present.clone());
                return Some(PresenceChange { present });
            }
            loop {
                match self.changes.recv().await {
                    Ok(changed) if changed != self.conversation => {}
                    // Whoever missed changes asks how it is now.
                    Ok(_) | Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return None,
                }
            }
        }
    }
}
