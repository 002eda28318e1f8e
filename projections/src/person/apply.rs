//! How events of API tokens change the list of people.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::api_token::ApiTokenEvent;
use infrastructure::database::db::Connection;

use super::PersonRow;
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::table::{Row, Table};

/// Keeps `people`.
#[derive(Clone, Copy, Debug)]
pub struct PersonProjection;

#[async_trait]
impl Projection for PersonProjection {
    fn name(&self) -> &'static str {
        "people"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[PersonRow::TABLE]
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
                AnyEvent::ApiToken(data) => Some((event, data)),
                _ => None,
            })
            .collect();
        let ids: BTreeSet<String> = own
            .iter()
            .map(|(event, _)| event.stream.id.to_string())
            .collect();
        let mut rows =
            Fold::load(transaction, build, &ids, |row: &PersonRow| row.id.clone()).await?;
        for (event, data) in own {
            let id = event.stream.id.to_string();
            match data {
                ApiTokenEvent::Made { at, name, role, .. } => {
                    rows.upsert(id.clone(), event, |row| {
                        row.id = id;
                        row.name.clone_from(name);
                        role.as_str().clone_into(&mut row.role);
                        row.made_at = at.as_micros();
                    });
                }
                ApiTokenEvent::Revoked { at } => rows.update(id, event, |row| {
                    row.revoked_at = Some(at.as_micros());
                })?,
            }
        }
        rows.save(transaction, build).await
    }
}
