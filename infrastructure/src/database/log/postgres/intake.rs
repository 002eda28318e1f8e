//! Commits that wait for a committer.
//!
//! Invariant: no two commits that are under way touch the same stream, or the same row by a precondition;
//! they are taken one after the other, in the order they came.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use application::ports::StoreError;
use application::ports::event_log::StreamId;
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;

use crate::database::log::append::Outcome;
use crate::database::log::prepare::Prepared;
use crate::database::row_ops::{Touched, touched};

/// Commits that may wait; beyond, callers are told to try later.
const CAPACITY: usize = 4_096;
/// Commits in one batch at most.
const MAX_BATCH: usize = 256;
/// Bytes after which a batch takes no further commit.
const MAX_BATCH_BYTES: usize = 1024 * 1024;

/// A commit and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) input: Prepared,
    answer: oneshot::Sender<Outcome>,
}

impl Job {
    /// Tells the caller, who may have gone away.
    pub(super) fn answer(self, outcome: Outcome) {
        let _ = self.answer.send(outcome);
    }
}

/// What only one commit under way may touch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Stream(StreamId),
    Row(Touched),
}

fn keys(input: &Prepared) -> impl Iterator<Item = Key> {
    let rows = input.commit.row_ops.iter().flat_map(touched).map(Key::Row);
    std::iter::once(Key::Stream(input.commit.stream)).chain(rows)
}

/// The queue of the committers.
#[derive(Debug, Default)]
pub(super) struct Intake {
    inner: Mutex<Inner>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Job>,
    under_way: HashSet<Key>,
    is_closed: bool,
}

impl Intake {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a commit; the outcome comes through the receiver.
    pub(super) fn offer(&self, input: Prepared) -> Result<oneshot::Receiver<Outcome>, StoreError> {
        let (answer, answered) = oneshot::channel();
        {
            let mut inner = self.lock();
            if inner.is_closed {
                return Err(StoreError::Unavailable("the log is closed".to_owned()));
            }
            if inner.waiting.len() >= CAPACITY {
                return Err(StoreError::Overloaded);
            }
            inner.waiting.push_back(Job { input, answer });
        }
        self.wake.notify_one();
        Ok(answered)
    }

    /// The next batch; `None` once it is told to stop and nothing waits.
    pub(super) async fn next(&self, stop: &CancellationToken) -> Option<Vec<Job>> {
        loop {
            let woken = self.wake.notified();
            let (batch, is_empty) = {
                let mut inner = self.lock();
                let batch = inner.take();
                inner.is_closed |= stop.is_cancelled() && inner.waiting.is_empty();
                (batch, inner.waiting.is_empty())
            };
            if !batch.is_empty() {
                // What is left may be for the other committer.
                if !is_empty {
                    self.wake.notify_one();
                }
                return Some(batch);
            }
            if stop.is_cancelled() && is_empty {
                return None;
            }
            tokio::select! {
                () = woken => {}
                () = stop.cancelled(), if !stop.is_cancelled() => {}
            }
        }
    }

    /// Lets go what a batch touched.
    pub(super) fn done(&self, touched: &Touches) {
        let is_waited_for = {
            let mut inner = self.lock();
            for key in &touched.0 {
                inner.under_way.remove(key);
            }
            !inner.waiting.is_empty()
        };
        if is_waited_for {
            self.wake.notify_one();
        }
    }
}

/// What a batch touches.
#[derive(Debug)]
pub(super) struct Touches(Vec<Key>);

impl Touches {
    /// Of the commits of a batch.
    pub(super) fn of(batch: &[Job]) -> Self {
        Self(batch.iter().flat_map(|job| keys(&job.input)).collect())
    }
}

impl Inner {
    fn take(&mut self) -> Vec<Job> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        // What an earlier commit that stays behind touches: a later one does not overtake it.
        let mut behind: HashSet<Key> = HashSet::new();
        let mut left = VecDeque::new();
        while batch.len() < MAX_BATCH && bytes < MAX_BATCH_BYTES {
            let Some(job) = self.waiting.pop_front() else {
                break;
            };
            let is_free = |key: &Key| !self.under_way.contains(key) && !behind.contains(key);
            if keys(&job.input).all(|key| is_free(&key)) {
                bytes += job.input.rows.iter().map(String::len).sum::<usize>();
                self.under_way.extend(keys(&job.input));
                batch.push(job);
            } else {
                behind.extend(keys(&job.input));
                left.push_back(job);
            }
        }
        while let Some(job) = left.pop_back() {
            self.waiting.push_front(job);
        }
        batch
    }
}
