//! States of recently used aggregates, weighed by bytes.
//!
//! An entry may be behind another node: that costs a conflict and a tail read, never a wrong decision.

use std::any::Any;
use std::sync::Arc;

use domain::stream::StreamAggregate;

use crate::ports::event_log::StreamId;

/// Bytes an entry costs besides its state.
const ENTRY_BYTES: usize = 160;

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
}

impl std::fmt::Debug for StateCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("StateCache")
            .field("weight_bytes", &self.entries.weighted_size())
            .finish()
    }
}

impl StateCache {
    pub(super) fn new(max_bytes: u64) -> Self {
        let entries = moka::sync::Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|_, entry: &Entry| entry.weight_bytes)
            .build();
        Self { entries }
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

    pub(super) fn put<A: StreamAggregate>(&self, stream: StreamId, state: &Arc<A>, version: u64) {
        let weight = state.weight_bytes().saturating_add(ENTRY_BYTES);
        let entry = Entry {
            state: Arc::clone(state) as Arc<dyn Any + Send + Sync>,
            version,
            weight_bytes: u32::try_from(weight).unwrap_or(u32::MAX),
            stale: false,
        };
        // A load without the stripe's lock may end after a commit and must not take the state back.
        self.entries.entry(stream).and_upsert_with(|present| {
            let newer = present.map(moka::Entry::into_value);
            newer
                .filter(|present| present.version > version)
                .unwrap_or(entry)
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

#[cfg(test)]
mod tests;
