//! The inbox: deliveries sealed and stored, items resolved, handled, held and released.
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
use application::ports::leases::Fence;
use async_trait::async_trait;
use bytes::Bytes;
use domain::time::Timestamp;
use tokio::sync::Semaphore;

pub(crate) use day_keys::day_key_opens;
pub(in crate::database) use settle::release_orphans;

use self::accept::{AcceptDeliveries, SealedDelivery};
use self::day_keys::{DayKeys, InsertDayKey, body_aad, day_of};
use self::handover::Handover;
use self::resolve::ResolveItems;
use self::settle::{Settle, SettleItems, Settled};
use self::sweep::SweepPiece;
use super::context::{AdapterContext, unavailable};
use super::rows::{hash, json, parse};
use super::wakers::Wakers;
use super::write_queue::{Queues, Writer};
use crate::database::db::{Connection, Pool, query};

/// Deliveries that may wait for a transaction; more are answered with 503 and come again.
const ACCEPT_CAPACITY: usize = 4_096;
/// Bytes of deliveries that may wait; more are answered with 503 and come again.
const ACCEPT_BYTES: usize = 64 << 20;
/// Other jobs that may wait; their callers wait for room.
const CAPACITY: usize = 1_024;

/// The newest item there is; who waits for items starts from it.
pub(in crate::database) async fn last_item(
    connection: &mut Connection,
) -> Result<i64, sqlx::Error> {
    query(sql::LAST_ITEM).fetch_one(connection).await
}

/// The inbox of a log.
#[derive(Debug)]
pub struct InboxStore {
    reads: Pool,
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

impl InboxStore {
    /// The inbox with its lanes of the write queues.
    pub fn new(context: &AdapterContext, queues: &mut Queues<'_>, wakers: &Arc<Wakers>) -> Self {
        let handover = Arc::new(Handover::new(wakers.inbox.latest()));
        let kind = AcceptDeliveries {
            handover: Arc::clone(&handover),
            wakers: Arc::clone(wakers),
        };
        let day_keys = queues.accepting().lane(InsertDayKey, CAPACITY);
        let accept = queues.accepting().lane(kind, ACCEPT_CAPACITY);
        let queue = queues.working();
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
            accept,
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

impl InboxStore {
    async fn settle(&self, change: Settle, fence: Option<Fence>) -> Result<Settled, StoreError> {
        let settled = self.settle.submit_patiently((change, fence)).await?;
        settled.ok_or(StoreError::LeaseLost)
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
impl Inbox for InboxStore {
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
        others: &[String],
    ) -> Result<Vec<Arc<StoredItem>>, StoreError> {
        let latest = self.wakers.inbox.latest();
        let items = match self.handover.take(after, latest, limit) {
            Some(items) => items,
            None => read::open_items(&self.reads, &self.days, after, (limit, others)).await?,
        };
        if items.is_empty() {
            self.wakers.inbox.found_none(after, latest);
        }
        Ok(items)
    }

    async fn wait_for_items(&self, after: i64) {
        self.wakers.inbox.wait(after).await;
    }

    async fn resolve(
        &self,
        items: Vec<ResolveItem>,
        fence: Option<Fence>,
    ) -> Result<Vec<ResolvedItem>, StoreError> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let resolved = self.resolve.submit_patiently((items, fence)).await?;
        resolved.items.ok_or(StoreError::LeaseLost)
    }

    async fn find_wamids(
        &self,
        wamids: &[KeyedHash],
    ) -> Result<Vec<Option<WamidTarget>>, StoreError> {
        let asked: Vec<String> = wamids.iter().map(|wamid| hex::encode(wamid.0)).collect();
        let rows: Vec<(Vec<u8>, String, String, String)> = query(sql::FIND_WAMIDS)
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

    async fn orphan(
        &self,
        item: i64,
        wamid: KeyedHash,
        fence: Option<Fence>,
    ) -> Result<bool, StoreError> {
        let settled = self.settle(Settle::Orphan(item, wamid), fence).await?;
        Ok(settled.happened)
    }

    async fn done(&self, items: &[i64], fence: Option<Fence>) -> Result<(), StoreError> {
        if items.is_empty() {
            return Ok(());
        }
        let change = Settle::Done(items.to_vec());
        self.settle(change, fence).await.map(drop)
    }

    async fn hold(
        &self,
        items: &[i64],
        reason: HoldReason,
        fence: Option<Fence>,
    ) -> Result<(), StoreError> {
        if items.is_empty() {
            return Ok(());
        }
        let change = Settle::Hold(items.to_vec(), reason);
        self.settle(change, fence).await.map(drop)
    }

    async fn failed(
        &self,
        item: i64,
        error: &str,
        fence: Option<Fence>,
    ) -> Result<bool, StoreError> {
        let change = Settle::Failed(item, error.to_owned());
        Ok(self.settle(change, fence).await?.happened)
    }

    async fn release_held(&self, phone_number_id: &str) -> Result<usize, StoreError> {
        let change = Settle::ReleaseNumber(phone_number_id.to_owned());
        Ok(self.settle(change, None).await?.released)
    }

    async fn held(&self, after: i64, limit: usize) -> Result<Vec<HeldItem>, StoreError> {
        read::held(&self.reads, after, limit).await
    }

    async fn release(&self, what: Release) -> Result<usize, StoreError> {
        let change = Settle::Release(what);
        Ok(self.settle(change, None).await?.released)
    }

    async fn last_seen_at(&self, phone_number_id: &str) -> Result<Option<Timestamp>, StoreError> {
        let micros: Option<i64> = query(sql::LAST_SEEN)
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
        let micros: Option<i64> = query(sql::OLDEST_OPEN)
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
