//! How events change the list of bots.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::bot::BotEvent;
use domain::ids::NumberId;
use infrastructure::database::db::Connection;

use super::{BindingRow, BotRow, VersionRow};
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::table::{Row, Table};

/// Keeps `bot_rows`, `bot_versions` and `bot_numbers`.
#[derive(Clone, Copy, Debug)]
pub struct BotProjection;

struct Folds {
    bots: Fold<String, BotRow>,
    versions: Fold<(String, i64), VersionRow>,
    bindings: Fold<(String, String), BindingRow>,
}

#[async_trait]
impl Projection for BotProjection {
    fn name(&self) -> &'static str {
        "bots"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[BotRow::TABLE, VersionRow::TABLE, BindingRow::TABLE]
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
                AnyEvent::Bot(data) => Some((event, data)),
                _ => None,
            })
            .collect();
        let ids: BTreeSet<String> = own
            .iter()
            .map(|(event, _)| event.stream.id.to_string())
            .collect();
        let mut folds = Folds {
            bots: Fold::load(transaction, build, &ids, |row: &BotRow| row.id.clone()).await?,
            versions: Fold::load(transaction, build, &ids, |row: &VersionRow| {
                (row.bot.clone(), row.version)
            })
            .await?,
            bindings: Fold::load(transaction, build, &ids, |row: &BindingRow| {
                (row.bot.clone(), row.number.clone())
            })
            .await?,
        };
        for (event, data) in own {
            folds.apply(event, data)?;
        }
        folds.bots.save(transaction, build).await?;
        folds.versions.save(transaction, build).await?;
        folds.bindings.save(transaction, build).await
    }
}

impl Folds {
    fn apply(&mut self, event: &RecordedEvent, data: &BotEvent) -> Result<(), ApplyError> {
        let bot = event.stream.id.to_string();
        let at = match data {
            BotEvent::Created { at, name } => {
                self.bots.upsert(bot.clone(), event, |row| {
                    row.id.clone_from(&bot);
                    row.name.clone_from(name);
                    row.created_at = at.as_micros();
                    row.updated_at = at.as_micros();
                });
                return Ok(());
            }
            BotEvent::DraftSaved { at, .. }
            | BotEvent::Published { at, .. }
            | BotEvent::Bound { at, .. }
            | BotEvent::Activated { at }
            | BotEvent::Deactivated { at } => at.as_micros(),
        };
        match data {
            BotEvent::Published {
                version,
                definition,
                ..
            } => {
                let key = (bot.clone(), i64::from(*version));
                self.versions.upsert(key, event, |row| {
                    row.bot.clone_from(&bot);
                    row.version = i64::from(*version);
                    row.definition.clone_from(&definition.0);
                    row.published_at = at;
                });
            }
            BotEvent::Bound { numbers, .. } => self.bind(event, &bot, numbers),
            _ => {}
        }
        self.bots.update(bot, event, |row| {
            row.updated_at = at;
            match data {
                BotEvent::DraftSaved {
                    revision,
                    definition,
                    ..
                } => {
                    row.draft_revision = i64::from(*revision);
                    row.draft_definition = Some(definition.0.clone());
                }
                BotEvent::Published { version, .. } => row.published_version = i64::from(*version),
                BotEvent::Activated { .. } => row.is_active = 1,
                BotEvent::Deactivated { .. } => row.is_active = 0,
                BotEvent::Created { .. } | BotEvent::Bound { .. } => {}
            }
        })
    }

    fn bind(&mut self, event: &RecordedEvent, bot: &str, numbers: &[NumberId]) {
        let bound: BTreeSet<String> = numbers.iter().map(ToString::to_string).collect();
        let known = self.bindings.keys().into_iter();
        let known = known.filter(|key| key.0 == bot).map(|key| key.1);
        let all: BTreeSet<String> = known.chain(bound.iter().cloned()).collect();
        for number in all {
            self.bindings
                .upsert((bot.to_owned(), number.clone()), event, |row| {
                    bot.clone_into(&mut row.bot);
                    row.bound = i64::from(bound.contains(&number));
                    row.number = number;
                });
        }
    }
}
