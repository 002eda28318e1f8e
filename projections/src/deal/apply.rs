//! How events change the list of deals.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::deal::DealEvent;
use infrastructure::database::db::Connection;

use super::DealRow;
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::table::{Row, Table};

/// Keeps `deal_rows`.
#[derive(Clone, Copy, Debug)]
pub struct DealProjection;

#[async_trait]
impl Projection for DealProjection {
    fn name(&self) -> &'static str {
        "deals"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[DealRow::TABLE]
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
                AnyEvent::Deal(data) => Some((event, data)),
                _ => None,
            })
            .collect();
        let ids: BTreeSet<String> = own
            .iter()
            .map(|(event, _)| event.stream.id.to_string())
            .collect();
        let mut rows = Fold::load(transaction, build, &ids, |row: &DealRow| row.id.clone()).await?;
        for (event, data) in own {
            let DealEvent::Created {
                at,
                contact,
                conversation,
                bot,
                session,
                stage,
                personal,
            } = data;
            let fields = personal.open();
            let attributes = fields.map(|fields| serde_json::to_string(&fields.attributes));
            let attributes = attributes.transpose()?.unwrap_or_else(|| "{}".to_owned());
            let id = event.stream.id.to_string();
            rows.upsert(id.clone(), event, |row| {
                row.id = id;
                row.contact = contact.to_string();
                row.conversation = conversation.to_string();
                row.bot = bot.to_string();
                row.session = session.to_string();
                row.stage.clone_from(stage);
                row.title = fields
                    .map(|fields| fields.title.clone())
                    .unwrap_or_default();
                row.attributes = attributes;
                row.created_at = at.as_micros();
            });
        }
        rows.save(transaction, build).await
    }
}
