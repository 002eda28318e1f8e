//! Who waits for rows, and how a commit wakes them.
//!
//! Invariant: a signal is advanced only after the commit, so that whoever wakes finds the row. Absent on
//! purpose: the rows. A lost or early wake-up costs one read.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// A growing cursor that readers wait on.
///
/// Rows behind the cursor may be gone by the time they are asked for (handled, canceled). A reader that
/// found nothing after its cursor says so, else it would be woken for the same missing row for ever.
#[derive(Debug)]
pub struct CursorSignal {
    latest: watch::Sender<i64>,
    empty: Mutex<Option<(i64, i64)>>,
}

impl CursorSignal {
    /// A signal that stands at `latest`.
    pub fn new(latest: i64) -> Self {
        Self {
            latest: watch::Sender::new(latest),
            empty: Mutex::new(None),
        }
    }

    /// Moves the cursor; never back.
    pub fn advance(&self, to: i64) {
        self.latest.send_if_modified(|latest| {
            let moved = to > *latest;
            *latest = to.max(*latest);
            moved
        });
    }

    /// Where the cursor stands. Taken before a read whose emptiness is then told to [`Self::found_none`].
    pub fn latest(&self) -> i64 {
        *self.latest.borrow()
    }

    /// There is nothing after `after` up to `through`, and never will be.
    pub fn found_none(&self, after: i64, through: i64) {
        *self.empty.lock().unwrap_or_else(PoisonError::into_inner) = Some((after, through));
    }

    /// Waits until there may be a row after `after`.
    pub async fn wait(&self, after: i64) {
        let known_empty = *self.empty.lock().unwrap_or_else(PoisonError::into_inner);
        let floor = match known_empty {
            Some((from, through)) if from <= after => through.max(after),
            _ => after,
        };
        // The sender lives in `self`: the channel cannot close while anyone waits.
        let _ = self
            .latest
            .subscribe()
            .wait_for(|latest| *latest > floor)
            .await;
    }
}

/// The signals of one database.
#[derive(Debug)]
pub struct Wakers {
    /// By inbox item.
    pub inbox: CursorSignal,
    /// By position of the `MessageQueued` event.
    pub outbox: CursorSignal,
}

impl Wakers {
    /// Signals of a database that holds items up to `last_item`. Queued rows are read before anyone
    /// waits, so their signal starts at 0.
    pub fn new(last_item: i64) -> Self {
        Self {
            inbox: CursorSignal::new(last_item),
            outbox: CursorSignal::new(0),
        }
    }

    /// Tells what a commit's row operations brought.
    pub fn committed(&self, effects: RowEffects) {
        if let Some(item) = effects.released_item {
            self.inbox.advance(item);
        }
        if let Some(position) = effects.queued_position {
            self.outbox.advance(position);
        }
    }
}

/// What row operations brought that someone waits for; told to [`Wakers::committed`] after the commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowEffects {
    /// Highest id of an inbox item that was released for handling again.
    pub released_item: Option<i64>,
    /// Highest position of a message that was queued.
    pub queued_position: Option<i64>,
}
