//! One prioritized write queue: all kinds of jobs share transactions on the only write connection.
//!
//! Invariants: a job is answered after its transaction is durable or not at all; a batch that the
//! database refuses is bisected, so that one bad job cannot fail its neighbors; a full lane answers
//! `Overloaded` at once. A kind may run again after a rollback: `run` must not keep state of its own.
//! Absent on purpose: timers. A transaction takes what queued while the last one ran.

mod lane;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use application::ports::StoreError;
use async_trait::async_trait;
use domain::time::Timestamp;
use sqlx::SqliteConnection;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use self::lane::{Batch, KindLane, Lane};

/// Part of its batch that an ordinary kind gets beside urgent jobs: these wait for the whole transaction, so
/// a short one is what keeps them fast, and a part for all others is what keeps their work from starving.
const SHARE_BESIDE_URGENT: usize = 8;

/// A kind of write job; jobs of one kind that meet in a transaction run as one batch.
#[async_trait]
pub trait WriteKind: std::fmt::Debug + Send + Sync + 'static {
    /// What a caller hands in.
    type Input: Send + Sync + 'static;
    /// What a caller gets.
    type Output: Send + 'static;

    /// Jobs taken into one transaction at most.
    const MAX_BATCH: usize;
    /// Bytes after which a transaction takes no further job of this kind.
    const MAX_BATCH_BYTES: usize = usize::MAX;

    /// Whether callers outside wait for it: while such jobs are there, a transaction takes few others.
    const URGENT: bool = false;

    /// How much a job counts towards [`Self::MAX_BATCH_BYTES`].
    fn bytes(_input: &Self::Input) -> usize {
        0
    }

    /// Runs a batch inside the shared transaction; one output per input, in order. `now` is the
    /// transaction's time.
    ///
    /// # Errors
    /// A database error rolls the transaction back; the batch is then bisected.
    async fn run(
        &self,
        transaction: &mut SqliteConnection,
        now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error>;

    /// Called after the commit, before anyone is answered, in commit order.
    fn committed(&self, _inputs: &[Self::Input], _outputs: &[Self::Output]) {}
}

/// Hands jobs of one kind to the queue.
pub struct Writer<K: WriteKind> {
    sender: mpsc::Sender<Job<K>>,
    wake: Arc<Notify>,
}

impl<K: WriteKind> Clone for Writer<K> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            wake: Arc::clone(&self.wake),
        }
    }
}

impl<K: WriteKind> std::fmt::Debug for Writer<K> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Writer")
            .field("free", &self.sender.capacity())
            .finish_non_exhaustive()
    }
}

impl<K: WriteKind> Writer<K> {
    /// Queues a job and waits until it is durable.
    ///
    /// # Errors
    /// `Overloaded` if the lane is full (nothing was written), `Unavailable` if the transaction failed.
    pub async fn submit(&self, input: K::Input) -> Result<K::Output, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.sender
            .try_send(Job { input, answer })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => StoreError::Overloaded,
                mpsc::error::TrySendError::Closed(_) => stopped(),
            })?;
        self.wake.notify_one();
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// As [`Self::submit`], but waits for room in the lane: for work that must not be shed.
    ///
    /// # Errors
    /// `Unavailable` if the transaction failed.
    pub async fn submit_patiently(&self, input: K::Input) -> Result<K::Output, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.sender
            .send(Job { input, answer })
            .await
            .map_err(|_| stopped())?;
        self.wake.notify_one();
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the writer has stopped".to_owned())
}

struct Job<K: WriteKind> {
    input: K::Input,
    answer: oneshot::Sender<Result<K::Output, StoreError>>,
}

/// The queue before it runs: lanes in order of priority.
pub struct WriteQueue {
    lanes: Vec<Box<dyn Lane>>,
    wake: Arc<Notify>,
}

impl std::fmt::Debug for WriteQueue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("WriteQueue")
            .field("lanes", &self.lanes.len())
            .finish_non_exhaustive()
    }
}

impl Default for WriteQueue {
    fn default() -> Self {
        Self {
            lanes: Vec::new(),
            wake: Arc::new(Notify::new()),
        }
    }
}

impl WriteQueue {
    /// Adds a lane; earlier lanes run first in each transaction.
    pub fn lane<K: WriteKind>(&mut self, kind: K, capacity: usize) -> Writer<K> {
        let (sender, receiver) = mpsc::channel(capacity);
        self.lanes.push(Box::new(KindLane {
            kind: Arc::new(kind),
            receiver,
        }));
        Writer {
            sender,
            wake: Arc::clone(&self.wake),
        }
    }

    /// Runs the queue until canceled and drained. Takes the only write connection and gives it back at the
    /// end; `clock` gives each transaction its time.
    pub async fn run(
        mut self,
        mut connection: SqliteConnection,
        clock: Arc<dyn application::ports::clock::Clock>,
        stop: CancellationToken,
    ) -> SqliteConnection {
        loop {
            let mut batches = self.drain();
            if batches.is_empty() {
                if stop.is_cancelled() {
                    return connection;
                }
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = stop.cancelled() => {}
                }
                continue;
            }
            match transact(&mut connection, clock.now(), &mut batches).await {
                Ok(()) => {
                    for batch in batches {
                        batch.commit();
                    }
                }
                Err(Refused::Begin(error)) => {
                    let error = unavailable(&error);
                    for batch in batches {
                        batch.fail(&error);
                    }
                }
                Err(Refused::Batch(_)) => {
                    for batch in batches {
                        bisect(&mut connection, clock.as_ref(), batch).await;
                    }
                }
            }
        }
    }
}

impl WriteQueue {
    /// What the next transaction takes, in the order of the lanes.
    fn drain(&mut self) -> Vec<Box<dyn Batch>> {
        let is_urgent = self
            .lanes
            .iter()
            .any(|lane| lane.is_urgent() && !lane.is_empty());
        self.lanes
            .iter_mut()
            .filter_map(|lane| {
                let share = if is_urgent && !lane.is_urgent() {
                    SHARE_BESIDE_URGENT
                } else {
                    1
                };
                lane.drain(share)
            })
            .collect()
    }
}

/// Runs one batch alone; if the database refuses it, runs its halves.
async fn bisect(
    connection: &mut SqliteConnection,
    clock: &dyn application::ports::clock::Clock,
    batch: Box<dyn Batch>,
) {
    let mut open = vec![batch];
    while let Some(batch) = open.pop() {
        let mut alone = vec![batch];
        let result = transact(connection, clock.now(), &mut alone).await;
        for batch in alone {
            match &result {
                Ok(()) => batch.commit(),
                Err(Refused::Begin(error)) => batch.fail(&unavailable(error)),
                Err(Refused::Batch(error)) => match batch.split() {
                    Ok((first, second)) => {
                        open.push(second);
                        open.push(first);
                    }
                    Err(single) => single.fail(&unavailable(error)),
                },
            }
        }
    }
}

/// Why a transaction did not happen.
enum Refused {
    /// It could not begin: the jobs are not at fault, so there is no use in trying their halves.
    Begin(sqlx::Error),
    /// A statement or the commit failed; rolled back.
    Batch(sqlx::Error),
}

/// One transaction with all batches; rolled back as a whole on any error.
async fn transact(
    connection: &mut SqliteConnection,
    now: Timestamp,
    batches: &mut [Box<dyn Batch>],
) -> Result<(), Refused> {
    sqlx::query("begin immediate")
        .execute(&mut *connection)
        .await
        .map_err(Refused::Begin)?;
    let mut result = Ok(());
    for batch in batches {
        result = batch.run(connection, now).await;
        if result.is_err() {
            break;
        }
    }
    if result.is_ok() {
        result = sqlx::query("commit")
            .execute(&mut *connection)
            .await
            .map(drop);
    }
    if result.is_err() {
        // The rollback's own error adds nothing: the next `begin` reports a broken connection.
        let _ = sqlx::query("rollback").execute(&mut *connection).await;
    }
    result.map_err(Refused::Batch)
}

fn unavailable(error: &sqlx::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
