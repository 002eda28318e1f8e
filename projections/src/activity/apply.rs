//! Feeds the events of conversations, deliveries and sessions to their facts.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::bot_session::BotSessionEvent;
use domain::conversation::ConversationEvent;
use infrastructure::database::db::Connection;

use super::{
    ChangeFact, DEFINITIONS_VERSION, DeliveryFact, MessageFact, PressFact, SessionFact,
    StandingFact, VisitFact, WaitFact,
};
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::table::{Row, Table};

/// Keeps the `activity_` tables.
#[derive(Clone, Copy, Debug)]
pub struct ActivityProjection;

/// The rows that a batch touches.
pub(super) struct Facts {
    pub(super) messages: Fold<String, MessageFact>,
    pub(super) deliveries: Fold<String, DeliveryFact>,
    pub(super) standings: Fold<String, StandingFact>,
    pub(super) changes: Fold<String, ChangeFact>,
    pub(super) waits: Fold<String, WaitFact>,
    pub(super) sessions: Fold<String, SessionFact>,
    pub(super) visits: Fold<(String, String), VisitFact>,
    pub(super) presses: Fold<String, PressFact>,
}

/// Names a fact of a conversation by the event that made it, so that it cannot count twice.
pub(super) fn fact_id(conversation: &str, place: i64) -> String {
    format!("{conversation}/{place}")
}

/// Streams of a batch, and the messages that it looks up. New facts need no loading.
#[derive(Default)]
struct Keys {
    conversations: BTreeSet<String>,
    deliveries: BTreeSet<String>,
    sessions: BTreeSet<String>,
    messages: BTreeSet<String>,
}

impl Keys {
    fn of(events: &[Arc<RecordedEvent>]) -> Self {
        let mut keys = Self::default();
        for event in events {
            let stream = event.stream.id.to_string();
            match &event.data {
                AnyEvent::Conversation(data) => {
                    if let ConversationEvent::MessageCanceled { message, .. } = data {
                        keys.messages.insert(message.to_string());
                    }
                    keys.conversations.insert(stream);
                }
                AnyEvent::Delivery(_) => {
                    keys.deliveries.insert(stream);
                }
                AnyEvent::BotSession(data) => {
                    if let BotSessionEvent::ButtonPressed { message, .. } = data {
                        keys.messages.insert(message.to_string());
                    }
                    keys.sessions.insert(stream);
                }
                _ => {}
            }
        }
        keys
    }
}

pub(super) const TABLES: &[Table] = &[
    MessageFact::TABLE,
    DeliveryFact::TABLE,
    StandingFact::TABLE,
    ChangeFact::TABLE,
    WaitFact::TABLE,
    SessionFact::TABLE,
    VisitFact::TABLE,
    PressFact::TABLE,
];

#[async_trait]
impl Projection for ActivityProjection {
    fn name(&self) -> &'static str {
        "activity"
    }

    /// The facts follow the definitions.
    fn version(&self) -> u32 {
        DEFINITIONS_VERSION
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }

    async fn apply(
        &self,
        transaction: &mut Connection,
        build: Build,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ApplyError> {
        let mut facts = Facts::load(transaction, build, &Keys::of(events)).await?;
        for event in events {
            match &event.data {
                AnyEvent::Conversation(data) => facts.conversation(event, data)?,
                AnyEvent::Delivery(data) => facts.delivery(event, data),
                AnyEvent::BotSession(data) => facts.session(event, data)?,
                _ => {}
            }
        }
        facts.save(transaction, build).await
    }
}

impl Facts {
    async fn load(
        connection: &mut Connection,
        build: Build,
        keys: &Keys,
    ) -> Result<Self, ApplyError> {
        let standings = Fold::load(
            connection,
            build,
            &keys.conversations,
            |row: &StandingFact| row.conversation.clone(),
        )
        .await?;
        let unsettled = |which: fn(&StandingFact) -> Option<i64>| -> BTreeSet<String> {
            let ids = standings.keys().into_iter().filter_map(|id| {
                let place = standings.get(&id).and_then(which)?;
                Some(fact_id(&id, place))
            });
            ids.collect()
        };
        let openings = unsettled(|row| row.opening);
        let waits = unsettled(|row| row.wait);
        let none = BTreeSet::new();
        Ok(Self {
            messages: Fold::load(connection, build, &keys.messages, |row: &MessageFact| {
                row.id.clone()
            })
            .await?,
            deliveries: Fold::load(connection, build, &keys.deliveries, |row: &DeliveryFact| {
                row.message.clone()
            })
            .await?,
            changes: Fold::load(connection, build, &openings, |row: &ChangeFact| {
                row.id.clone()
            })
            .await?,
            waits: Fold::load(connection, build, &waits, |row: &WaitFact| row.id.clone()).await?,
            sessions: Fold::load(connection, build, &keys.sessions, |row: &SessionFact| {
                row.id.clone()
            })
            .await?,
            visits: Fold::load(connection, build, &keys.sessions, |row: &VisitFact| {
                (row.session.clone(), row.node.clone())
            })
            .await?,
            presses: Fold::load(connection, build, &none, |row: &PressFact| {
                row.message.clone()
            })
            .await?,
            standings,
        })
    }

    async fn save(self, connection: &mut Connection, build: Build) -> Result<(), ApplyError> {
        self.messages.save(connection, build).await?;
        self.deliveries.save(connection, build).await?;
        self.standings.save(connection, build).await?;
        self.changes.save(connection, build).await?;
        self.waits.save(connection, build).await?;
        self.sessions.save(connection, build).await?;
        self.visits.save(connection, build).await?;
        self.presses.save(connection, build).await
    }
}
