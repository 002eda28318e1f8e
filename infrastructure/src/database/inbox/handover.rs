//! Just-committed items in memory, so that the consumer need not read back what was written a moment ago.
//!
//! A hint, never the truth: an item is handed out from here at most once, and whoever asks for anything
//! that is not the unbroken continuation of its cursor reads the database. Bounded by count and bytes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use application::ports::inbox::StoredItem;

/// Items kept at most.
const MAX_ITEMS: usize = 2_048;
/// Bytes of bodies kept at most; a body shared by items counts once an item.
const MAX_BYTES: usize = 8 << 20;

/// The queue of just-committed items.
#[derive(Debug)]
pub(super) struct Handover {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Every open item after this id and up to `last` is in `items`.
    floor: i64,
    last: i64,
    bytes: usize,
    items: VecDeque<Arc<StoredItem>>,
}

impl Handover {
    /// An empty queue of a database whose last item is `last`.
    pub(super) fn new(last: i64) -> Self {
        let inner = Inner {
            floor: last,
            last,
            bytes: 0,
            items: VecDeque::new(),
        };
        Self {
            inner: Mutex::new(inner),
        }
    }

    /// Takes the open items of the ids `first..=last`. Ids between the last push and `first` were given
    /// to released items, which only the database knows.
    pub(super) fn push(&self, first: i64, last: i64, items: Vec<Arc<StoredItem>>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if first != inner.last + 1 {
            inner.items.clear();
            inner.bytes = 0;
            inner.floor = first - 1;
        }
        inner.last = last;
        for item in items {
            inner.bytes += item.body.len();
            inner.items.push_back(item);
        }
        while inner.items.len() > MAX_ITEMS || inner.bytes > MAX_BYTES {
            inner.drop_front();
        }
    }

    /// Items after a cursor, if they are the unbroken continuation of it. `None`: ask the database.
    /// `latest` is the newest id that anyone committed.
    pub(super) fn take(
        &self,
        after: i64,
        latest: i64,
        limit: usize,
    ) -> Option<Vec<Arc<StoredItem>>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        while inner.items.front().is_some_and(|item| item.item <= after) {
            inner.drop_front();
        }
        if after < inner.floor || inner.items.is_empty() && after.max(inner.last) < latest {
            return None;
        }
        let mut taken = Vec::with_capacity(limit.min(inner.items.len()));
        while taken.len() < limit {
            let Some(item) = inner.drop_front() else {
                break;
            };
            taken.push(item);
        }
        Some(taken)
    }
}

impl Inner {
    fn drop_front(&mut self) -> Option<Arc<StoredItem>> {
        let item = self.items.pop_front()?;
        self.bytes = self.bytes.saturating_sub(item.body.len());
        self.floor = item.item;
        Some(item)
    }
}
