//! Who is told of events that come from other nodes, before anyone on this node reads them.

use std::sync::{Arc, PoisonError, RwLock};

use application::ports::event_log::{RecordedEvent, StreamWatcher};

/// Those who are told.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    all: RwLock<Vec<Arc<dyn StreamWatcher>>>,
}

impl Watchers {
    /// Tells one more from now on.
    pub(super) fn add(&self, watcher: Arc<dyn StreamWatcher>) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        all.push(watcher);
    }

    /// Events that were read from the database.
    pub(super) fn tell(&self, events: &[Arc<RecordedEvent>]) {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        for watcher in all.iter() {
            for event in events {
                watcher.seen(event.stream, event.sequence);
            }
        }
    }
}
