//! The inbox on SQLite: deliveries sealed and stored, items resolved, handled, held and released.
//!
//! Invariants: a body is sealed before it reaches the write queue; an item that comes back comes back
//! under a new id; items just committed are handed over in memory, everything else is read from the
//! database. Absent on purpose: what items mean.

mod accept;
mod day_keys;
mod handover;
pub(in crate::database) mod history;
mod read;
mod resolve;
mod rows;
mod settle;
pub(in crate::database) mod sql;
pub(in crate::database) mod sql_settle;
mod sweep;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use application::ports::StoreError;
use application::ports::clock::Clock;
use application::ports::hashes::KeyedHash;
use application::ports::inbox::{
    Accepted, HeldItem, HistoryPart, HoldReason, Inbox, ItemRecord, NewDelivery, Release,
    ResolveItem, ResolvedItem, StoredItem, WamidTarget,
};
use async_trait::async_trait;
use bytes::Bytes;
use domain::time::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::Semaphore;

pub(crate) use day_keys::day_key_opens;
pub(in crate::database) use settle::release_orphans;

use self::accept::{AcceptDeliveries, SealedDelivery};
use self::day_keys::{DayKeys, InsertDayKey, body_aad, day_of};
use self::handover::Handover;
use self::resolve::ResolveItems;
use self::settle::{Settle, SettleItems};
use self::sweep::SweepPiece;
use super::context::{AdapterContext, unavailable};
use super::rows::{hash, json, parse};
use super::wakers::Wakers;
use super::write_queue::{WriteQueue, Writer};

/// Deliveries that may wait for a transaction; more are answered with 503 and come again.
const ACCEPT_CAPACITY: usize = 4_096;
/// Bytes of deliveries that may wait; more are answered with 503 and come again.
const ACCEPT_BYTES: usize = 64 << 20;
/// Other jobs that may wait; their callers wait for room.
const CAPACITY: usize = 1_024;

/// The newest item there is; who waits for items starts from it.
pub(in crate::database) async fn last_item(
    connection: &mut SqliteConnection,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(sql::LAST_ITEM.sqlite)
        .fetch_one(connection)
        .await
}

/// The inbox of an SQLite log.
#[derive(Debug)]
pub struct SqliteInbox {
    reads: SqlitePool,
    clock: Arc<dyn Clock>,
    days: DayKeys,
    handover: Arc<Handover>,
    wakers: Arc<Wakers>,
    accept: Writer<AcceptDeliveries>,
    room: Arc<Semaphore>,
    unanswered: AtomicUsize,
    resolve: Writer<ResolveItems>,
    settle: Writer<SettleItems>,
    sweep: Writer<SweepPiece>,
}

impl SqliteInbox {
    /// The inbox with its lanes of the write queue.
    pub fn new(context: &AdapterContext, queue: &mut WriteQueue, wakers: &Arc<Wakers>) -> Self {
        let handover = Arc::new(Handover::new(wakers.inbox.latest()));
        let kind = AcceptDeliveries {
            handover: Arc::clone(&handover),
            wakers: Arc::clone(wakers),
        };
        let day_keys = queue.lane(InsertDayKey, CAPACITY);
        Self {
            reads: context.reads.clone(),
            clock: Arc::clone(&context.clock),
            days: DayKeys::new(
                context.reads.clone(),
                Arc::clone(&context.keyring),
                day_keys,
            ),
            handover,
            wakers: Arc::clone(wakers),
            accept: queue.lane(kind, ACCEPT_CAPACITY),
            room: Arc::new(Semaphore::new(ACCEPT_BYTES)),
            unanswered: AtomicUsize::new(0),
            resolve: queue.lane(
                ResolveItems {
                    subject_keys: Arc::clone(&context.subject_keys),
                },
                CAPACITY,
            ),
            settle: queue.lane(
                SettleItems {
                    wakers: Arc::clone(wakers),
                },
                CAPACITY,
            ),
            sweep: queue.lane(SweepPiece, 1),
        }
    }
}

/// A delivery that is not answered yet; counts until it is dropped.
struct Unanswered<'a>(&'a AtomicUsize);

impl<'a> Unanswered<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Inbox for SqliteInbox {
    fn unanswered(&self) -> usize {
        self.unanswered.load(Ordering::Relaxed)
    }

    async fn accept(&self, delivery: NewDelivery) -> Result<Accepted, StoreError> {
        let _unanswered = Unanswered::new(&self.unanswered);
        if delivery.items.is_empty() {
            return Ok(Accepted::default());
        }
        let size = u32::try_from(delivery.body.len()).map_err(|_| StoreError::Overloaded)?;
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(size)
            .map_err(|_| StoreError::Overloaded)?;
        let day = day_of(self.clock.now());
        let key = self.days.for_sealing(day).await?;
        let sealed = key
            .seal(&body_aad(day), &delivery.body)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let NewDelivery { body, items } = delivery;
        // A copy of its own size: the body as it came is a slice of a connection's larger read buffer.
        let body = Bytes::copy_from_slice(&body);
        let rows = self
            .accept
            .submit(SealedDelivery {
                body,
                sealed,
                day,
                items,
                _room: room,
            })
            .await?;
        Ok(rows.accepted)
    }

    async fn open_items(
        &self,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Arc<StoredItem>>, StoreError> {
        let latest = self.wakers.inbox.latest();
        let items = match self.handover.take(after, latest, limit) {
            Some(items) => items,
            None => read::open_items(&self.reads, &self.days, after, limit).await?,
        };
        if items.is_empty() {
            self.wakers.inbox.found_none(after, latest);
        }
        Ok(items)
    }

    async fn wait_for_items(&self, after: i64) {
        self.wakers.inbox.wait(after).await;
    }

    async fn resolve(&self, items: Vec<ResolveItem>) -> Result<Vec<ResolvedItem>, StoreError> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.resolve.submit_patiently(items).await?.items)
    }

    async fn find_wamids(
        &self,
        wamids: &[KeyedHash],
    ) -> Result<Vec<Option<WamidTarget>>, StoreError> {
        let asked: Vec<String> = wamids.iter().map(|wamid| hex::encode(wamid.0)).collect();
        let rows: Vec<(Vec<u8>, String, String, String)> = sqlx::query_as(sql::FIND_WAMIDS.sqlite)
            .bind(json(&asked).map_err(unavailable)?)
            .fetch_all(&self.reads)
            .await
            .map_err(unavailable)?;
        let mut found = HashMap::with_capacity(rows.len());
        for (wamid, message, conversation, contact) in rows {
            let target = WamidTarget {
                message: parse(&message, "wamid_routes.message")?,
                conversation: parse(&conversation, "wamid_routes.conversation")?,
                contact: parse(&contact, "wamid_routes.contact")?,
            };
            found.insert(hash(&wamid).map_err(unavailable)?, target);
        }
        Ok(wamids
            .iter()
            .map(|wamid| found.get(wamid).copied())
            .collect())
    }

    async fn orphan(&self, item: i64, wamid: KeyedHash) -> Result<bool, StoreError> {
        Ok(self
            .settle
            .submit_patiently(Settle::Orphan(item, wamid))
            .await?
            .happened)
    }

    async fn done(&self, items: &[i64]) -> Result<(), StoreError> {
        if items.is_empty() {
            return Ok(());
        }
        self.settle
            .submit_patiently(Settle::Done(items.to_vec()))
            .await
            .map(|_| ())
    }

    async fn hold(&self, items: &[i64], reason: HoldReason) -> Result<(), StoreError> {
        if items.is_empty() {
            return Ok(());
        }
        self.settle
            .submit_patiently(Settle::Hold(items.to_vec(), reason))
            .await
            .map(|_| ())
    }

    async fn failed(&self, item: i64, error: &str) -> Result<bool, StoreError> {
        Ok(self
            .settle
            .submit_patiently(Settle::Failed(item, error.to_owned()))
            .await?
            .happened)
    }

    async fn release_held(&self, phone_number_id: &str) -> Result<usize, StoreError> {
        let change = Settle::ReleaseNumber(phone_number_id.to_owned());
        Ok(self.settle.submit_patiently(change).await?.released)
    }

    async fn held(&self, after: i64, limit: usize) -> Result<Vec<HeldItem>, StoreError> {
        read::held(&self.reads, after, limit).await
    }

    async fn release(&self, what: Release) -> Result<usize, StoreError> {
        let change = Settle::Release(what);
        Ok(self.settle.submit_patiently(change).await?.released)
    }

    async fn last_seen_at(&self, phone_number_id: &str) -> Result<Option<Timestamp>, StoreError> {
        let micros: Option<i64> = sqlx::query_scalar(sql::LAST_SEEN.sqlite)
            .bind(phone_number_id)
            .fetch_optional(&self.reads)
            .await
            .map_err(unavailable)?;
        Ok(micros.map(Timestamp::from_micros))
    }

    async fn numbers_last_seen_at(
        &self,
        phone_number_ids: &[String],
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        history::numbers_last_seen_at(&self.reads, phone_number_ids).await
    }

    async fn history(&self, part: &HistoryPart) -> Result<Vec<ItemRecord>, StoreError> {
        history::read(&self.reads, part).await
    }

    async fn oldest_open_seconds(&self) -> Result<u64, StoreError> {
        let micros: Option<i64> = sqlx::query_scalar(sql::OLDEST_OPEN.sqlite)
            .fetch_optional(&self.reads)
            .await
            .map_err(unavailable)?;
        let age = micros.map_or(0, |micros| {
            self.clock
                .now()
                .micros_since(Timestamp::from_micros(micros))
                / 1_000_000
        });
        Ok(u64::try_from(age).unwrap_or(0))
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        loop {
            let swept = self.sweep.submit_patiently(()).await?;
            metrics::counter!("inbox_orphans_dropped_total").increment(swept.orphans);
            metrics::counter!("inbox_held_dropped_total").increment(swept.held);
            if !swept.more {
                return Ok(());
            }
        }
    }
}
