//! Feeds the events of conversations, deliveries and sessions to the rows of the timeline.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::bot_session::BotSessionEvent;
use domain::conversation::ConversationEvent;
use infrastructure::database::db::Connection;

use super::fold::Timeline;
use super::{ChangeRow, DeliveryRow, InputRow, MessageRow, ReactionRow, delivery};
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::table::{Row, Table};

/// Keeps the tables of the timeline.
#[derive(Clone, Copy, Debug)]
pub struct MessageProjection;

/// The rows that a batch touches.
#[derive(Default)]
struct Keys {
    messages: BTreeSet<String>,
    targets: BTreeSet<String>,
    deliveries: BTreeSet<String>,
    inputs: BTreeSet<String>,
}

impl Keys {
    fn of(events: &[Arc<RecordedEvent>]) -> Self {
        let mut keys = Self::default();
        for event in events {
            match &event.data {
                AnyEvent::Conversation(data) => keys.add(data),
                AnyEvent::Delivery(_) => {
                    keys.deliveries.insert(event.stream.id.to_string());
                }
                AnyEvent::BotSession(
                    BotSessionEvent::InputTaken { message, .. }
                    | BotSessionEvent::InputRefused { message, .. },
                ) => {
                    keys.inputs.insert(message.to_string());
                }
                _ => {}
            }
        }
        keys
    }

    fn add(&mut self, event: &ConversationEvent) {
        match event {
            ConversationEvent::MessageReceived { message, .. }
            | ConversationEvent::MessageQueued { message, .. }
            | ConversationEvent::MessageCanceled { message, .. }
            | ConversationEvent::NoticeReceived { message, .. }
            | ConversationEvent::LeftUnanswered { message, .. } => {
                self.messages.insert(message.to_string());
            }
            ConversationEvent::ReactionReceived { target, .. }
            | ConversationEvent::EditReceived { target, .. }
            | ConversationEvent::RevokeReceived { target, .. } => {
                self.targets.insert(target.to_string());
            }
            _ => {}
        }
    }
}

#[async_trait]
impl Projection for MessageProjection {
    fn name(&self) -> &'static str {
        "messages"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[
            MessageRow::TABLE,
            ChangeRow::TABLE,
            ReactionRow::TABLE,
            DeliveryRow::TABLE,
            InputRow::TABLE,
        ]
    }

    async fn apply(
        &self,
        transaction: &mut Connection,
        build: Build,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ApplyError> {
        let keys = Keys::of(events);
        let mut timeline = Timeline {
            messages: Fold::load(transaction, build, &keys.messages, |row: &MessageRow| {
                row.id.clone()
            })
            .await?,
            changes: Fold::load(transaction, build, &keys.targets, |row: &ChangeRow| {
                row.target.clone()
            })
            .await?,
            reactions: Fold::load(transaction, build, &keys.targets, |row: &ReactionRow| {
                (row.target.clone(), row.sender.clone())
            })
            .await?,
        };
        let mut deliveries =
            Fold::load(transaction, build, &keys.deliveries, |row: &DeliveryRow| {
                row.message.clone()
            })
            .await?;
        let mut inputs = Fold::load(transaction, build, &keys.inputs, |row: &InputRow| {
            row.message.clone()
        })
        .await?;
        for event in events {
            match &event.data {
                AnyEvent::Conversation(data) => timeline.apply(event, data)?,
                AnyEvent::Delivery(data) => delivery::delivery(&mut deliveries, event, data)?,
                AnyEvent::BotSession(data) => delivery::input(&mut inputs, event, data)?,
                _ => {}
            }
        }
        timeline.messages.save(transaction, build).await?;
        timeline.changes.save(transaction, build).await?;
        timeline.reactions.save(transaction, build).await?;
        deliveries.save(transaction, build).await?;
        inputs.save(transaction, build).await
    }
}
