//! How events change the list of quick replies.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::quick_reply::QuickReplyEvent;
use infrastructure::database::db::Connection;

use super::QuickReplyRow;
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::table::{Row, Table};

/// Keeps `quick_reply_rows`.
#[derive(Clone, Copy, Debug)]
pub struct QuickReplyProjection;

#[async_trait]
impl Projection for QuickReplyProjection {
    fn name(&self) -> &'static str {
        "quick_replies"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[QuickReplyRow::TABLE]
    }

    async fn apply(
        &self,
        transaction: &mut Connection,
        build: Build,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ApplyError> {
        let own: Vec<_> = events
            .iter()
            .filter_map(|event| match &event.data {
                AnyEvent::QuickReply(data) => Some((event, data)),
                _ => None,
            })
            .collect();
        let ids: BTreeSet<String> = own
            .iter()
            .map(|(event, _)| event.stream.id.to_string())
            .collect();
        let mut rows = Fold::load(transaction, build, &ids, |row: &QuickReplyRow| {
            row.id.clone()
        })
        .await?;
        for (event, data) in own {
            let id = event.stream.id.to_string();
            match data {
                QuickReplyEvent::Added {
                    at,
                    shortcut,
                    texts,
                } => {
                    let texts = serde_json::to_string(texts)?;
                    rows.upsert(id.clone(), event, |row| {
                        row.id = id;
                        row.shortcut.clone_from(shortcut);
                        row.texts = texts;
                        row.created_at = at.as_micros();
                        row.updated_at = at.as_micros();
                    });
                }
                QuickReplyEvent::Edited {
                    at,
                    shortcut,
                    texts,
                } => {
                    let texts = serde_json::to_string(texts)?;
                    rows.update(id, event, |row| {
                        row.shortcut.clone_from(shortcut);
                        row.texts = texts;
                        row.updated_at = at.as_micros();
                    })?;
                }
                QuickReplyEvent::Removed { at } => rows.update(id, event, |row| {
                    row.removed_at = Some(at.as_micros());
                })?,
            }
        }
        rows.save(transaction, build).await
    }
}
