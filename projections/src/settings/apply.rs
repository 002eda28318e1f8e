//! How events change the settings.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_trait::async_trait;
use domain::any_event::AnyEvent;
use domain::ids::NumberId;
use domain::settings::SettingsEvent;
use domain::time::Timestamp;
use infrastructure::database::db::Connection;

use super::{NumberHoursRow, SettingsRow};
use crate::fold::Fold;
use crate::runner::{ApplyError, Build, Projection};
use crate::table::{Row, Table};

/// Keeps `settings_rows` and `number_hours`.
#[derive(Clone, Copy, Debug)]
pub struct SettingsProjection;

#[async_trait]
impl Projection for SettingsProjection {
    fn name(&self) -> &'static str {
        "settings"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[SettingsRow::TABLE, NumberHoursRow::TABLE]
    }

    async fn apply(
        &self,
        transaction: &mut Connection,
        build: Build,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ApplyError> {
        let mut streams = BTreeSet::new();
        let mut numbers = BTreeSet::new();
        for event in events {
            match &event.data {
                AnyEvent::Settings(SettingsEvent::TimeZoneSet { .. }) => {
                    streams.insert(event.stream.id.to_string());
                }
                AnyEvent::Settings(
                    SettingsEvent::WeeklyHoursSet { number, .. }
                    | SettingsEvent::OutOfHoursTextSet { number, .. },
                ) => {
                    numbers.insert(number.to_string());
                }
                _ => {}
            }
        }
        let mut settings = Fold::load(transaction, build, &streams, |row: &SettingsRow| {
            row.id.clone()
        })
        .await?;
        let mut hours = Fold::load(transaction, build, &numbers, |row: &NumberHoursRow| {
            row.number.clone()
        })
        .await?;
        for event in events {
            let AnyEvent::Settings(data) = &event.data else {
                continue;
            };
            match data {
                SettingsEvent::TimeZoneSet { at, time_zone } => {
                    let id = event.stream.id.to_string();
                    settings.upsert(id.clone(), event, |row| {
                        row.id = id;
                        row.time_zone.clone_from(time_zone);
                        row.updated_at = at.as_micros();
                    });
                }
                SettingsEvent::WeeklyHoursSet {
                    at,
                    number,
                    hours: openings,
                } => {
                    let openings = serde_json::to_string(openings)?;
                    change(&mut hours, event, *number, *at, |row| row.hours = openings);
                }
                SettingsEvent::OutOfHoursTextSet { at, number, text } => {
                    change(&mut hours, event, *number, *at, |row| {
                        row.out_of_hours_text.clone_from(text);
                    });
                }
            }
        }
        settings.save(transaction, build).await?;
        hours.save(transaction, build).await
    }
}

fn change(
    rows: &mut Fold<String, NumberHoursRow>,
    event: &RecordedEvent,
    number: NumberId,
    at: Timestamp,
    set: impl FnOnce(&mut NumberHoursRow),
) {
    let number = number.to_string();
    rows.upsert(number.clone(), event, |row| {
        if row.number.is_empty() {
            "[]".clone_into(&mut row.hours);
        }
        row.number = number;
        row.updated_at = at.as_micros();
        set(row);
    });
}
