//! States of recently used aggregates, weighed by bytes.
//!
//! What another node appends is told ([`StreamWatcher`]) before anyone on this node reads it: the entry is stale
//! from then on. Until it is told, an entry may be behind; then a decision meets a conflict and is made again.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::stream::{StreamAggregate, lane_of};
use moka::ops::compute::Op;

use crate::ports::event_log::{StreamId, StreamWatcher};

/// Bytes an entry costs besides its state.
const ENTRY_BYTES: usize = 160;
/// Counters of what was told, shared by streams of the same lane modulo this.
const COUNTERS: usize = 1024;

/// What the cache knows of a stream.
pub(super) enum Cached<A> {
    /// A state nobody has contradicted.
    Fresh(Arc<A>, u64),
    /// A state that met a conflict: read the tail.
    Stale(Arc<A>, u64),
    /// Nothing.
    Missing,
}

#[derive(Clone)]
struct Entry {
    state: Arc<dyn Any + Send + Sync>,
    version: u64,
    weight_bytes: u32,
    stale: bool,
}

/// The cache.
pub(super) struct StateCache {
    entries: moka::sync::Cache<StreamId, Entry>,
    told: Vec<AtomicU64>,
}

impl std::fmt::Debug for StateCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("StateCache")
            .field("weight_bytes", &self.entries.weighted_size())
            .finish_non_exhaustive()
    }
}

impl StateCache {
    pub(super) fn new(max_bytes: u64) -> Self {
        let entries = moka::sync::Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|_, entry: &Entry| entry.weight_bytes)
            .build();
        let told = (0..COUNTERS).map(|_| AtomicU64::new(0)).collect();
        Self { entries, told }
    }

    pub(super) fn get<A: StreamAggregate>(&self, stream: StreamId) -> Cached<A> {
        let Some(entry) = self.entries.get(&stream) else {
            return Cached::Missing;
        };
        match entry.state.downcast::<A>() {
            Ok(state) if entry.stale => Cached::Stale(state, entry.version),
            Ok(state) => Cached::Fresh(state, entry.version),
            Err(_) => Cached::Missing,
        }
    }

    /// How often streams like this one were told of: asked before a state is read.
    pub(super) fn seen_of(&self, stream: StreamId) -> u64 {
        self.counter(stream).load(Ordering::SeqCst)
    }

    fn counter(&self, stream: StreamId) -> &AtomicU64 {
        &self.told[usize::from(lane_of(stream.id)) % COUNTERS]
    }

    /// A state that this node has just committed.
    pub(super) fn put<A: StreamAggregate>(&self, stream: StreamId, state: &Arc<A>, version: u64) {
        self.insert(stream, state, version, || false);
    }

    /// A state that was read. If something of the stream was told since `seen`, it may not be in what was read.
    pub(super) fn put_read<A: StreamAggregate>(
        &self,
        stream: StreamId,
        state: &Arc<A>,
        version: u64,
        seen: u64,
    ) {
        self.insert(stream, state, version, || self.seen_of(stream) != seen);
    }

    fn insert<A: StreamAggregate>(
        &self,
        stream: StreamId,
        state: &Arc<A>,
        version: u64,
        is_stale: impl Fn() -> bool,
    ) {
        let weight = state.weight_bytes().saturating_add(ENTRY_BYTES);
        let entry = Entry {
            state: Arc::clone(state) as Arc<dyn Any + Send + Sync>,
            version,
            weight_bytes: u32::try_from(weight).unwrap_or(u32::MAX),
            stale: false,
        };
        // Asked under the entry's lock: whoever tells of an event counts first and marks the entry then.
        // A load without the stripe's lock may end after a commit and must not take the state back.
        self.entries.entry(stream).and_upsert_with(|present| {
            let newer = present.map(moka::Entry::into_value);
            newer
                .filter(|present| present.version > version)
                .unwrap_or_else(|| Entry {
                    stale: is_stale(),
                    ..entry
                })
        });
    }

    pub(super) fn mark_stale(&self, stream: StreamId) {
        if let Some(mut entry) = self.entries.get(&stream) {
            entry.stale = true;
            self.entries.insert(stream, entry);
        }
    }

    pub(super) fn forget(&self, stream: StreamId) {
        self.entries.invalidate(&stream);
    }
}

impl StreamWatcher for StateCache {
    fn seen(&self, stream: StreamId, sequence: u64) {
        self.counter(stream).fetch_add(1, Ordering::SeqCst);
        // Also where there is none: one that is being put now is waited for.
        let _changed = self.entries.entry(stream).and_compute_with(|present| {
            match present.map(moka::Entry::into_value) {
                Some(entry) if entry.version < sequence && !entry.stale => Op::Put(Entry {
                    stale: true,
                    ..entry
                }),
                _ => Op::Nop,
            }
        });
    }
}

#[cfg(test)]
mod tests;
