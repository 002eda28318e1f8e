//! Feeds the events of conversations and sessions to their rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use infrastructure::database::db::Connection;

use super::{ConversationRow, EntryRow, SessionRow, entries, fold};
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::table::{Row, Table};

/// Keeps `conversation_rows`, `session_rows` and `conversation_entries`.
#[derive(Clone, Copy, Debug)]
pub struct ConversationProjection;

#[async_trait]
impl Projection for ConversationProjection {
    fn name(&self) -> &'static str {
        "conversations"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[ConversationRow::TABLE, SessionRow::TABLE, EntryRow::TABLE]
    }

    async fn apply(
        &self,
        transaction: &mut Connection,
        build: Build,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ApplyError> {
        let mut conversations = BTreeSet::new();
        let mut sessions = BTreeSet::new();
        for event in events {
            match &event.data {
                AnyEvent::Conversation(_) => conversations.insert(event.stream.id.to_string()),
                AnyEvent::BotSession(_) => sessions.insert(event.stream.id.to_string()),
                _ => false,
            };
        }
        let mut rows = Fold::load(
            transaction,
            build,
            &conversations,
            |row: &ConversationRow| row.id.clone(),
        )
        .await?;
        let mut steps = Fold::load(transaction, build, &sessions, |row: &SessionRow| {
            row.id.clone()
        })
        .await?;
        // An entry has one event: nothing of it has to be loaded.
        let mut beside = Fold::load(transaction, build, &BTreeSet::new(), |row: &EntryRow| {
            (row.conversation.clone(), row.place)
        })
        .await?;
        for event in events {
            match &event.data {
                AnyEvent::Conversation(data) => {
                    fold::conversation(&mut rows, event, data)?;
                    entries::entry(&mut beside, event, data)?;
                }
                AnyEvent::BotSession(data) => fold::session(&mut steps, event, data)?,
                _ => {}
            }
        }
        rows.save(transaction, build).await?;
        steps.save(transaction, build).await?;
        beside.save(transaction, build).await
    }
}
