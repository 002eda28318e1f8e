//! When the bots of a server have done everything they will do, by its log.

use std::collections::BTreeSet;

use domain::any_event::AnyEvent;
use domain::bot_session::{Action, BotSessionEvent};
use domain::conversation::{ConversationEvent, Handler};
use domain::ids::MessageId;

use crate::support::{TestApp, eventually};

/// What the log says is not done yet.
#[derive(Debug, Default)]
struct Open {
    /// Received and neither taken by a bot nor left to people.
    undecided: BTreeSet<MessageId>,
    /// Composed by a bot.
    composed: i64,
    /// Runs that ended, less the conversations that were freed.
    ended: i64,
    /// Deals asked for, less those opened.
    deals: i64,
}

impl Open {
    fn take(&mut self, event: &AnyEvent) {
        match event {
            AnyEvent::Conversation(event) => match event {
                ConversationEvent::MessageReceived { message, .. } => {
                    self.undecided.insert(*message);
                }
                ConversationEvent::LeftUnanswered { message, .. } => {
                    self.undecided.remove(message);
                }
                ConversationEvent::HandlerChanged {
                    handler: Handler::Nobody,
                    ..
                } => self.ended -= 1,
                _ => {}
            },
            AnyEvent::BotSession(event) => match event {
                BotSessionEvent::Started {
                    trigger: Some(message),
                    ..
                }
                | BotSessionEvent::InputTaken { message, .. }
                | BotSessionEvent::InputRefused { message, .. } => {
                    self.undecided.remove(message);
                }
                BotSessionEvent::MessageComposed { .. } => self.composed += 1,
                BotSessionEvent::ActionTaken {
                    action: Action::CreateDeal { .. },
                    ..
                } => self.deals += 1,
                BotSessionEvent::Completed { .. } | BotSessionEvent::HandedOver { .. } => {
                    self.ended += 1;
                }
                _ => {}
            },
            AnyEvent::Deal(_) => self.deals -= 1,
            _ => {}
        }
    }
}

/// Waits until the bots have done everything they will do: each message is decided upon, each composed one has left,
/// each run that ended has freed its conversation.
pub(super) async fn quiet(app: &TestApp) {
    app.settled().await;
    eventually("the bots are done", || async {
        let log = &app.inside().app().log;
        let mut open = Open::default();
        let mut position = 0;
        loop {
            let events = log.read_after(position, 500).await.ok()?;
            let Some(last) = events.last() else { break };
            position = last.position;
            for event in &events {
                open.take(&event.data);
            }
        }
        let left = "select count(*) from outbox where settled_at is not null";
        let all_left = app.log_number(left).await == Some(open.composed);
        let is_done = open.undecided.is_empty() && open.ended == 0 && open.deals == 0;
        (all_left && is_done).then_some(())
    })
    .await;
    app.settled().await;
}
