//! Storing deliveries: the write job, a handful of statements however many deliveries meet in it.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use application::ports::hashes::KeyedHash;
use application::ports::inbox::{Accepted, NewItem, StoredItem};
use async_trait::async_trait;
use bytes::Bytes;
use domain::time::Timestamp;
use tokio::sync::OwnedSemaphorePermit;

use super::handover::Handover;
use super::rows::{class_number, reason_name};
use super::sql;
use crate::database::db::{Connection, Dialect, Statement, query};
use crate::database::rows::{hash, json};
use crate::database::wakers::Wakers;
use crate::database::write_queue::WriteKind;

/// Sealed bodies put into one statement at most.
const BODY_CHUNK_BYTES: usize = 8 << 20;

/// A delivery on its way to the database: sealed in the caller's task.
#[derive(Debug)]
pub(super) struct SealedDelivery {
    pub(super) body: Bytes,
    pub(super) sealed: Vec<u8>,
    pub(super) day: i64,
    pub(super) items: Vec<NewItem>,
    /// Its share of the bytes that may wait, given back when the job is over.
    pub(super) _room: OwnedSemaphorePermit,
}

/// What was written of it. Fresh items have the ids from `first_item` on, held ones included.
#[derive(Debug)]
pub(super) struct AcceptedRows {
    pub(super) accepted: Accepted,
    delivery: i64,
    first_item: i64,
    received_at: Timestamp,
    fresh: Vec<usize>,
}

/// Stores deliveries with the items not seen before.
#[derive(Debug)]
pub(super) struct AcceptDeliveries {
    pub(super) handover: Arc<Handover>,
    pub(super) wakers: Arc<Wakers>,
}

#[async_trait]
impl WriteKind for AcceptDeliveries {
    type Input = SealedDelivery;
    type Output = AcceptedRows;

    // Meta waits for the answer.
    const URGENT: bool = true;
    const MAX_BATCH: usize = 256;
    const MAX_BATCH_BYTES: usize = 4 << 20;

    fn bytes(input: &Self::Input) -> usize {
        input.sealed.len()
    }

    async fn run(
        &self,
        transaction: &mut Connection,
        now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        let mut unseen = insert_keys(transaction, inputs).await?;
        see_numbers(transaction, now, inputs).await?;
        let mut outputs: Vec<AcceptedRows> = inputs
            .iter()
            .map(|input| {
                // The first occurrence of a key wins, also within the batch.
                let fresh: Vec<usize> = (0..input.items.len())
                    .filter(|index| unseen.remove(&input.items[*index].dedupe))
                    .collect();
                AcceptedRows {
                    accepted: Accepted {
                        fresh: fresh.len(),
                        duplicates: input.items.len() - fresh.len(),
                    },
                    delivery: 0,
                    first_item: 0,
                    received_at: now,
                    fresh,
                }
            })
            .collect();
        number(transaction, &mut outputs).await?;
        write(transaction, now, inputs, &outputs).await?;
        Ok(outputs)
    }

    fn committed(&self, inputs: &[Self::Input], outputs: &[Self::Output]) {
        let Some(first) = outputs.iter().find(|output| !output.fresh.is_empty()) else {
            return;
        };
        let mut last = first.first_item;
        let mut items = Vec::new();
        for (input, output) in inputs.iter().zip(outputs) {
            for (item, id) in fresh_items(input, output).zip(output.first_item..) {
                last = id;
                if item.hold.is_none() {
                    items.push(Arc::new(stored(input, output, item, id)));
                }
            }
        }
        self.handover.push(first.first_item, last, items);
        self.wakers.inbox.advance(last);
    }
}

fn fresh_items<'a>(
    input: &'a SealedDelivery,
    output: &'a AcceptedRows,
) -> impl Iterator<Item = &'a NewItem> {
    output
        .fresh
        .iter()
        .filter_map(|index| input.items.get(*index))
}

fn stored(input: &SealedDelivery, output: &AcceptedRows, item: &NewItem, id: i64) -> StoredItem {
    StoredItem {
        item: id,
        ordinal: item.ordinal,
        class: item.class,
        phone_number_id: item.phone_number_id.clone(),
        dedupe: item.dedupe,
        received_at: output.received_at,
        attempts: 0,
        resolved: None,
        body: input.body.clone(),
        delivery: output.delivery,
    }
}

/// The keys not seen before this batch.
async fn insert_keys(
    transaction: &mut Connection,
    inputs: &[SealedDelivery],
) -> Result<HashSet<KeyedHash>, sqlx::Error> {
    let mut unseen: HashSet<KeyedHash> = inputs
        .iter()
        .flat_map(|input| &input.items)
        .map(|item| item.dedupe)
        .collect();
    if transaction.dialect() == Dialect::Sqlite {
        let known = keys(transaction, sql::KNOWN_KEYS, &unseen).await?;
        unseen.retain(|key| !known.contains(key));
        keys(transaction, sql::INSERT_KEYS, &unseen).await?;
        return Ok(unseen);
    }
    keys(transaction, sql::INSERT_KEYS, &unseen).await
}

/// Asks something about keys; the answer names some of them.
async fn keys(
    transaction: &mut Connection,
    statement: Statement,
    asked: &HashSet<KeyedHash>,
) -> Result<HashSet<KeyedHash>, sqlx::Error> {
    if asked.is_empty() {
        return Ok(HashSet::new());
    }
    // In order: neighbors are found together, and two nodes do not wait for each other in a circle.
    let asked: BTreeSet<String> = asked.iter().map(|key| hex::encode(key.0)).collect();
    let answered: Vec<Vec<u8>> = query(statement)
        .bind(json(&asked)?)
        .fetch_all(transaction)
        .await?;
    answered.iter().map(|key| hash(key)).collect()
}

async fn see_numbers(
    transaction: &mut Connection,
    now: Timestamp,
    inputs: &[SealedDelivery],
) -> Result<(), sqlx::Error> {
    let numbers: BTreeSet<&str> = inputs
        .iter()
        .flat_map(|input| &input.items)
        .filter_map(|item| item.phone_number_id.as_deref())
        .collect();
    if !numbers.is_empty() {
        query(sql::SEE_NUMBERS)
            .bind(json(&numbers)?)
            .bind(now.as_micros())
            .execute(transaction)
            .await?;
    }
    Ok(())
}

/// Gives deliveries and items their ids.
async fn number(
    transaction: &mut Connection,
    outputs: &mut [AcceptedRows],
) -> Result<(), sqlx::Error> {
    let deliveries = outputs
        .iter()
        .filter(|output| !output.fresh.is_empty())
        .count();
    if deliveries == 0 {
        return Ok(());
    }
    let items: usize = outputs.iter().map(|output| output.fresh.len()).sum();
    let (last_delivery, last_item): (i64, i64) = query(sql::TAKE_IDS)
        .bind(deliveries as i64)
        .bind(items as i64)
        .fetch_one(transaction)
        .await?;
    let mut delivery = last_delivery - deliveries as i64;
    let mut item = last_item - items as i64 + 1;
    for output in outputs.iter_mut().filter(|output| !output.fresh.is_empty()) {
        delivery += 1;
        output.delivery = delivery;
        output.first_item = item;
        item += output.fresh.len() as i64;
    }
    Ok(())
}

type ItemRow<'a> = (i64, i64, u32, i64, Option<&'a str>, String, &'static str);

async fn write(
    transaction: &mut Connection,
    now: Timestamp,
    inputs: &[SealedDelivery],
    outputs: &[AcceptedRows],
) -> Result<(), sqlx::Error> {
    let mut open: Vec<ItemRow<'_>> = Vec::new();
    let mut held: Vec<ItemRow<'_>> = Vec::new();
    let mut open_bodies = Bodies::new(&sql::INSERT_DELIVERIES);
    let mut held_bodies = Bodies::new(&sql::INSERT_HELD_DELIVERIES);
    for (input, output) in inputs.iter().zip(outputs) {
        let (opened, kept) = (open.len(), held.len());
        for (item, id) in fresh_items(input, output).zip(output.first_item..) {
            let reason = item.hold.map_or("", reason_name);
            let rows = if item.hold.is_some() {
                &mut held
            } else {
                &mut open
            };
            rows.push((
                id,
                output.delivery,
                item.ordinal,
                class_number(item.class),
                item.phone_number_id.as_deref(),
                hex::encode(item.dedupe.0),
                reason,
            ));
        }
        if open.len() > opened {
            open_bodies
                .add(transaction, now, output.delivery, input)
                .await?;
        }
        if held.len() > kept {
            held_bodies
                .add(transaction, now, output.delivery, input)
                .await?;
        }
    }
    open_bodies.flush(transaction, now).await?;
    held_bodies.flush(transaction, now).await?;
    for (statement, rows) in [(&sql::INSERT_ITEMS, open), (&sql::INSERT_HELD_ITEMS, held)] {
        if !rows.is_empty() {
            query(*statement)
                .bind(json(&rows)?)
                .bind(now.as_micros())
                .execute(&mut *transaction)
                .await?;
        }
    }
    Ok(())
}

/// Bodies of one table, gathered into one blob and written together.
struct Bodies {
    statement: &'static Statement,
    rows: Vec<(i64, i64, usize, usize)>,
    blob: Vec<u8>,
}

impl Bodies {
    fn new(statement: &'static Statement) -> Self {
        Self {
            statement,
            rows: Vec::new(),
            blob: Vec::new(),
        }
    }

    async fn add(
        &mut self,
        transaction: &mut Connection,
        now: Timestamp,
        delivery: i64,
        input: &SealedDelivery,
    ) -> Result<(), sqlx::Error> {
        self.rows
            .push((delivery, input.day, self.blob.len() + 1, input.sealed.len()));
        self.blob.extend_from_slice(&input.sealed);
        if self.blob.len() >= BODY_CHUNK_BYTES {
            self.flush(transaction, now).await?;
        }
        Ok(())
    }

    async fn flush(
        &mut self,
        transaction: &mut Connection,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        if self.rows.is_empty() {
            return Ok(());
        }
        query(*self.statement)
            .bind(json(&self.rows)?)
            .bind(now.as_micros())
            .bind(std::mem::take(&mut self.blob))
            .execute(transaction)
            .await?;
        self.rows.clear();
        Ok(())
    }
}
