//! How events change the list of saved views.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::saved_view::SavedViewEvent;
use infrastructure::database::db::Connection;

use super::SavedViewRow;
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::table::{Row, Table};

/// Keeps `saved_view_rows`.
#[derive(Clone, Copy, Debug)]
pub struct SavedViewProjection;

#[async_trait]
impl Projection for SavedViewProjection {
    fn name(&self) -> &'static str {
        "saved_views"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[SavedViewRow::TABLE]
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
                AnyEvent::SavedView(data) => Some((event, data)),
                _ => None,
            })
            .collect();
        let ids: BTreeSet<String> = own
            .iter()
            .map(|(event, _)| event.stream.id.to_string())
            .collect();
        let mut rows = Fold::load(transaction, build, &ids, |row: &SavedViewRow| {
            row.id.clone()
        })
        .await?;
        for (event, data) in own {
            let id = event.stream.id.to_string();
            match data {
                SavedViewEvent::Saved {
                    at,
                    name,
                    owner,
                    filter,
                    sort,
                } => {
                    let filter = serde_json::to_string(filter)?;
                    let sort = serde_json::to_string(sort)?;
                    rows.upsert(id.clone(), event, |row| {
                        row.id = id;
                        row.owner = owner.map(|person| person.to_string());
                        row.name.clone_from(name);
                        row.filter = filter;
                        row.sort = sort;
                        row.created_at = at.as_micros();
                        row.updated_at = at.as_micros();
                    });
                }
                SavedViewEvent::Edited {
                    at,
                    name,
                    filter,
                    sort,
                } => {
                    let filter = serde_json::to_string(filter)?;
                    let sort = serde_json::to_string(sort)?;
                    rows.update(id, event, |row| {
                        row.name.clone_from(name);
                        row.filter = filter;
                        row.sort = sort;
                        row.updated_at = at.as_micros();
                    })?;
                }
                SavedViewEvent::Removed { at } => rows.update(id, event, |row| {
                    row.removed_at = Some(at.as_micros());
                })?,
            }
        }
        rows.save(transaction, build).await
    }
}
