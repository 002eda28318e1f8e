//! The rows of the log for those who take them out of the installation: nothing is upcast, and the seal is
//! kept, opened or replaced.

use std::collections::{HashMap, HashSet};

use application::ports::StoreError;
use application::ports::stored_events::{Seal, StoredEvent, StoredEvents};
use async_trait::async_trait;
use domain::ids::ContactId;

use super::statements::READ_AFTER;
use super::{Log, read, seal};
use crate::database::context::unavailable;
use crate::database::db::{Row, query};
use crate::database::subject_keys::SubjectKey;

#[async_trait]
impl StoredEvents for Log {
    async fn read_stored(
        &self,
        after: u64,
        limit: usize,
        how: Seal,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let rows: Vec<Row> = query(READ_AFTER)
            .bind(after.cast_signed())
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.context.reads)
            .await
            .map_err(unavailable)?;
        let parsed = rows
            .iter()
            .map(|row| Ok((read::parse(row)?, row.try_get(1).map_err(unavailable)?)))
            .collect::<Result<Vec<(read::StoredEvent, String)>, StoreError>>()?;
        let keys = match how {
            Seal::Opened => self.keys_of(parsed.iter().map(|(event, _)| event)).await?,
            Seal::Kept | Seal::Removed => HashMap::new(),
        };
        let mut stored = Vec::with_capacity(parsed.len());
        for (mut event, aggregate_type) in parsed {
            match how {
                Seal::Kept => {}
                Seal::Opened => read::open_with(&mut event, &keys)?,
                Seal::Removed => seal::remove(&mut event.raw.payload),
            }
            stored.push(StoredEvent {
                position: event.position,
                aggregate_type,
                aggregate_id: event.stream.id,
                sequence: event.sequence,
                event_type: event.raw.event_type,
                event_version: event.raw.event_version,
                payload: event.raw.payload,
                metadata: event.metadata,
                command_id: event.command_id.as_uuid(),
                recorded_at: event.recorded_at,
                subject: event.subject.map(|subject| subject.as_uuid()),
                lane: event.lane,
            });
        }
        Ok(stored)
    }
}

impl Log {
    async fn keys_of(
        &self,
        events: impl Iterator<Item = &read::StoredEvent>,
    ) -> Result<HashMap<ContactId, SubjectKey>, StoreError> {
        let subjects: HashSet<ContactId> = events
            .filter(|event| event.sealed)
            .filter_map(|event| event.subject)
            .collect();
        self.context.subject_keys.find_many(&subjects).await
    }
}
