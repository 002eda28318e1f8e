//! The newest events in memory, decoded once for everyone who follows the log.
//!
//! Invariant: positions in the ring are dense; an event that does not follow the last one is refused, so
//! a reader never skips. One that is ahead waits a while for those between: two commits of this node may
//! report in the other order. Absent on purpose: upcasting. New events are of the newest version.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use application::ports::event_log::RecordedEvent;

/// Most events kept.
const MAX_EVENTS: usize = 16_384;
/// Most bytes kept, by the size of payloads.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// What an event costs besides its payload.
const EVENT_BYTES: usize = 768;
/// Most events kept that are ahead of the ring.
const MAX_AHEAD: usize = 2_048;

/// Bounded by number and bytes.
#[derive(Debug)]
pub(super) struct Ring {
    inner: RwLock<Inner>,
    max_events: usize,
    max_bytes: usize,
}

#[derive(Debug)]
struct Inner {
    events: VecDeque<(Arc<RecordedEvent>, usize)>,
    bytes: usize,
    head: u64,
    ahead: BTreeMap<u64, (RecordedEvent, usize)>,
}

impl Ring {
    /// An empty ring behind a log that ends at `head`.
    pub(super) fn new(head: u64) -> Self {
        Self::bounded(head, MAX_EVENTS, MAX_BYTES)
    }

    pub(super) fn bounded(head: u64, max_events: usize, max_bytes: usize) -> Self {
        let inner = Inner {
            events: VecDeque::new(),
            bytes: 0,
            head,
            ahead: BTreeMap::new(),
        };
        Self {
            inner: RwLock::new(inner),
            max_events,
            max_bytes,
        }
    }

    /// Adds events with the sizes of their payloads; answers with the last position that follows.
    pub(super) fn push(&self, events: impl IntoIterator<Item = (RecordedEvent, usize)>) -> u64 {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for (event, payload_bytes) in events {
            inner.take(event, payload_bytes);
        }
        while let Some((&position, _)) = inner.ahead.first_key_value() {
            if position > inner.head + 1 {
                break;
            }
            if let Some((event, bytes)) = inner.ahead.remove(&position) {
                inner.take(event, bytes);
            }
        }
        while inner.events.len() > self.max_events || inner.bytes > self.max_bytes {
            let Some((_, bytes)) = inner.events.pop_front() else {
                break;
            };
            inner.bytes -= bytes;
        }
        inner.head
    }

    /// Begins anew after `head`: readers before it ask the store.
    pub(super) fn restart(&self, head: u64) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        inner.events.clear();
        inner.bytes = 0;
        inner.head = head;
    }

    /// The last position in it.
    pub(super) fn head(&self) -> u64 {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.head
    }

    /// Up to `limit` events after `position`; `None` if the ring does not reach back that far, or not on to
    /// `head`, where the log ends.
    pub(super) fn after(
        &self,
        position: u64,
        limit: usize,
        head: u64,
    ) -> Option<Vec<Arc<RecordedEvent>>> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        if position >= inner.head {
            return (position >= head).then(Vec::new);
        }
        let first = inner.events.front()?.0.position;
        let skip = usize::try_from((position + 1).checked_sub(first)?).ok()?;
        Some(
            inner
                .events
                .iter()
                .skip(skip)
                .take(limit)
                .map(|(event, _)| Arc::clone(event))
                .collect(),
        )
    }

    /// The event at a position, if the ring holds it.
    pub(super) fn at(&self, position: u64) -> Option<Arc<RecordedEvent>> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let first = inner.events.front()?.0.position;
        let index = usize::try_from(position.checked_sub(first)?).ok()?;
        inner.events.get(index).map(|(event, _)| Arc::clone(event))
    }
}

impl Inner {
    fn take(&mut self, event: RecordedEvent, payload_bytes: usize) {
        let next = self.head + 1;
        if event.position > next && self.ahead.len() < MAX_AHEAD {
            self.ahead.insert(event.position, (event, payload_bytes));
        } else if event.position == next {
            self.head = next;
            self.bytes += payload_bytes + EVENT_BYTES;
            self.events
                .push_back((Arc::new(event), payload_bytes + EVENT_BYTES));
        }
    }
}
