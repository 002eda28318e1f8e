//! The newest events in memory, decoded once for everyone who follows the log.
//!
//! Invariant: positions in the ring are dense; an event that does not follow the last one is refused, so
//! a reader never skips. Absent on purpose: upcasting. New events are of the newest version.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use application::ports::event_log::RecordedEvent;

/// Most events kept.
const MAX_EVENTS: usize = 16_384;
/// Most bytes kept, by the size of payloads.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// What an event costs besides its payload.
const EVENT_BYTES: usize = 768;

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
        };
        Self {
            inner: RwLock::new(inner),
            max_events,
            max_bytes,
        }
    }

    /// Adds events with the sizes of their payloads; stops at one that does not follow.
    pub(super) fn push(&self, events: impl IntoIterator<Item = (RecordedEvent, usize)>) -> u64 {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for (event, payload_bytes) in events {
            if event.position != inner.head + 1 {
                break;
            }
            inner.head = event.position;
            inner.bytes += payload_bytes + EVENT_BYTES;
            inner
                .events
                .push_back((Arc::new(event), payload_bytes + EVENT_BYTES));
        }
        while inner.events.len() > self.max_events || inner.bytes > self.max_bytes {
            let Some((_, bytes)) = inner.events.pop_front() else {
                break;
            };
            inner.bytes -= bytes;
        }
        inner.head
    }

    /// Up to `limit` events after `position`; `None` if the ring does not reach back that far.
    pub(super) fn after(&self, position: u64, limit: usize) -> Option<Vec<Arc<RecordedEvent>>> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        if position >= inner.head {
            return Some(Vec::new());
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
