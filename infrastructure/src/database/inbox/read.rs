//! Open items read back from the database: after a start, a release or a lag of the consumer.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use application::ports::StoreError;
use application::ports::inbox::{HeldItem, Resolution, StoredItem};
use bytes::Bytes;
use domain::time::Timestamp;

use super::day_keys::{DayKeys, body_aad};
use super::rows::{class_of, reason_of};
use super::{sql, sql_settle};
use crate::database::context::unavailable;
use crate::database::db::{FromRow, Pool, Row, query};
use crate::database::rows::{hash, json, parse, small};

struct ItemRow {
    id: i64,
    delivery: i64,
    ordinal: i64,
    class: i64,
    phone_number_id: Option<String>,
    dedupe: Vec<u8>,
    received_at: i64,
    attempts: i64,
    contact: Option<String>,
    conversation: Option<String>,
}

impl FromRow for ItemRow {
    fn from_row(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            delivery: row.try_get("delivery")?,
            ordinal: row.try_get("ordinal")?,
            class: row.try_get("class")?,
            phone_number_id: row.try_get("phone_number_id")?,
            dedupe: row.try_get("dedupe")?,
            received_at: row.try_get("received_at")?,
            attempts: row.try_get("attempts")?,
            contact: row.try_get("contact")?,
            conversation: row.try_get("conversation")?,
        })
    }
}

/// Open items after an id. An item whose body cannot be opened is logged and passed over: it stays open
/// and shows in the age of the oldest one.
pub(super) async fn open_items(
    reads: &Pool,
    days: &DayKeys,
    mut after: i64,
    (limit, others): (usize, &[String]),
) -> Result<Vec<Arc<StoredItem>>, StoreError> {
    loop {
        let rows: Vec<ItemRow> = query(sql::OPEN_ITEMS)
            .bind(after)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(json(others).map_err(unavailable)?)
            .fetch_all(reads)
            .await
            .map_err(unavailable)?;
        let Some(last) = rows.last() else {
            return Ok(Vec::new());
        };
        after = last.id;
        let bodies = bodies(reads, days, &rows).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(body) = bodies.get(&row.delivery) {
                items.push(Arc::new(row.with_body(body.clone())?));
            } else {
                tracing::error!(item = row.id, "the body of an inbox item cannot be opened");
            }
        }
        if !items.is_empty() {
            return Ok(items);
        }
    }
}

type HeldRow = (i64, i64, Option<String>, String, i64, Option<String>);

/// Held items after an id.
pub(super) async fn held(
    reads: &Pool,
    after: i64,
    limit: usize,
) -> Result<Vec<HeldItem>, StoreError> {
    let rows: Vec<HeldRow> = query(sql_settle::LIST_HELD)
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(reads)
        .await
        .map_err(unavailable)?;
    let items = rows.into_iter().map(
        |(item, class, phone_number_id, reason, received_at, error)| HeldItem {
            item,
            reason: reason_of(&reason),
            phone_number_id,
            class: class_of(class),
            received_at: Timestamp::from_micros(received_at),
            error,
        },
    );
    Ok(items.collect())
}

/// The bodies of rows, each opened once.
async fn bodies(
    reads: &Pool,
    days: &DayKeys,
    rows: &[ItemRow],
) -> Result<HashMap<i64, Bytes>, StoreError> {
    let deliveries: BTreeSet<i64> = rows.iter().map(|row| row.delivery).collect();
    let sealed: Vec<(i64, i64, Vec<u8>)> = query(sql::BODIES)
        .bind(json(&deliveries).map_err(unavailable)?)
        .fetch_all(reads)
        .await
        .map_err(unavailable)?;
    let mut bodies = HashMap::with_capacity(sealed.len());
    for (delivery, day, body) in sealed {
        let Some(key) = days.for_opening(day).await? else {
            continue;
        };
        if let Ok(body) = key.open(&body_aad(day), &body) {
            bodies.insert(delivery, Bytes::from(body));
        }
    }
    Ok(bodies)
}

impl ItemRow {
    fn with_body(self, body: Bytes) -> Result<StoredItem, StoreError> {
        let resolved = match (self.contact, self.conversation) {
            (Some(contact), Some(conversation)) => Some(Resolution {
                contact: parse(&contact, "inbox_items.contact")?,
                conversation: parse(&conversation, "inbox_items.conversation")?,
            }),
            _ => None,
        };
        Ok(StoredItem {
            item: self.id,
            ordinal: small(self.ordinal),
            class: class_of(self.class),
            phone_number_id: self.phone_number_id,
            dedupe: hash(&self.dedupe).map_err(unavailable)?,
            received_at: Timestamp::from_micros(self.received_at),
            attempts: small(self.attempts),
            resolved,
            body,
            delivery: self.delivery,
        })
    }
}
