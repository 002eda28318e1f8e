//! A prioritized write queue: its kinds of jobs share transactions on one connection. SQLite has one queue for
//! all, because it has one writer; on PostgreSQL kinds that should not wait for each other have their own.
//!
//! Invariants: a job is answered after its transaction is durable or not at all; a batch that the
//! database refuses is bisected, so that one bad job cannot fail its neighbors; a full lane answers
//! `Overloaded` at once. A kind may run again after a rollback: `run` must not keep state of its own.
//! Absent on purpose: timers. A transaction takes what queued while the last one ran.

mod connection;
mod lane;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use application::failpoints;
use application::ports::StoreError;
use async_trait::async_trait;
use domain::time::Timestamp;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use self::lane::{Batch, KindLane, Lane};
use crate::database::db::{Connection, Failure, Statement};

pub(crate) use connection::DURABLE;
pub use connection::{TransactionTime, WriteConnection};

/// The statements of this folder.
pub(crate) const STATEMENTS: &[Statement] = &[DURABLE];

/// From so many urgent jobs on they count as a crowd. Fewer of them gain nothing from short transactions, and
/// everyone else would lose by them.
const CROWD: usize = 24;
/// Part of its batch that an ordinary kind gets beside a crowd of urgent jobs: these wait for the whole
/// transaction, so a short one is what keeps them fast, and a part for all others is what keeps their work
/// from starving.
const SHARE_BESIDE_CROWD: usize = 8;

/// How often a transaction is tried that another one was in the way of, or that lost its connection.
const MOST_TRIES: u32 = 5;

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

    /// Whether callers outside wait for it: beside a crowd of such jobs a transaction takes few others.
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
        transaction: &mut Connection,
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

/// The queues of a database: on SQLite both are the same one.
#[derive(Debug)]
pub enum Queues<'q> {
    /// One for everything: there is one writer.
    One(&'q mut WriteQueue),
    /// One for what callers outside wait for, one for the rest.
    Two {
        /// Deliveries.
        accepting: &'q mut WriteQueue,
        /// Everything else.
        working: &'q mut WriteQueue,
    },
}

impl Queues<'_> {
    /// For deliveries.
    pub fn accepting(&mut self) -> &mut WriteQueue {
        match self {
            Self::One(queue)
            | Self::Two {
                accepting: queue, ..
            } => queue,
        }
    }

    /// For everything else.
    pub fn working(&mut self) -> &mut WriteQueue {
        match self {
            Self::One(queue) | Self::Two { working: queue, .. } => queue,
        }
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

    /// Runs the queue until canceled and drained; gives its connection back at the end.
    pub async fn run(
        mut self,
        mut connection: WriteConnection,
        time: TransactionTime,
        stop: CancellationToken,
    ) -> WriteConnection {
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
            match transact(&mut connection, &time, &mut batches).await {
                Ok(()) => {
                    failpoints::reach("after_commit_before_ack");
                    for batch in batches {
                        batch.commit();
                    }
                }
                Err(Refused::All(error)) => {
                    let error = unavailable(&error);
                    for batch in batches {
                        batch.fail(&error);
                    }
                }
                Err(Refused::Batch(_)) => {
                    for batch in batches {
                        bisect(&mut connection, &time, batch).await;
                    }
                }
            }
        }
    }

    /// What the next transaction takes, in the order of the lanes.
    fn drain(&mut self) -> Vec<Box<dyn Batch>> {
        let is_crowded = self
            .lanes
            .iter()
            .any(|lane| lane.is_urgent() && lane.len() >= CROWD);
        self.lanes
            .iter_mut()
            .filter_map(|lane| {
                let share = if is_crowded && !lane.is_urgent() {
                    SHARE_BESIDE_CROWD
                } else {
                    1
                };
                lane.drain(share)
            })
            .collect()
    }
}

/// Runs one batch alone; if the database refuses it, runs its halves.
async fn bisect(connection: &mut WriteConnection, time: &TransactionTime, batch: Box<dyn Batch>) {
    let mut open = vec![batch];
    while let Some(batch) = open.pop() {
        let mut alone = vec![batch];
        let result = transact(connection, time, &mut alone).await;
        for batch in alone {
            match &result {
                Ok(()) => batch.commit(),
                Err(Refused::All(error)) => batch.fail(&unavailable(error)),
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
    /// No job is at fault, so there is no use in trying their halves: no connection, or its commit was sent
    /// and not answered.
    All(sqlx::Error),
    /// A statement or the commit failed; rolled back.
    Batch(sqlx::Error),
}

/// Where a transaction failed.
enum Step {
    Begin,
    Statement,
    Commit,
}

/// One transaction with all batches; rolled back as a whole on any error. Tried again where nothing was done
/// and the same may succeed.
async fn transact(
    connection: &mut WriteConnection,
    time: &TransactionTime,
    batches: &mut [Box<dyn Batch>],
) -> Result<(), Refused> {
    let mut tries = 0;
    loop {
        tries += 1;
        let Err((step, error)) = attempt(connection, time, batches).await else {
            return Ok(());
        };
        let failure = if connection.comes_back() {
            Failure::of(&error)
        } else {
            Failure::Refused
        };
        if failure == Failure::Lost {
            connection.lost();
        }
        match (failure, step) {
            // Whether it happened is not known: whoever asked looks before they ask again.
            (Failure::Lost, Step::Commit) => return Err(Refused::All(error)),
            (Failure::Lost | Failure::Transient, _) if tries < MOST_TRIES => {}
            (Failure::Lost | Failure::Transient, _) | (Failure::Refused, Step::Begin) => {
                return Err(Refused::All(error));
            }
            (Failure::Refused, Step::Statement | Step::Commit) => {
                return Err(Refused::Batch(error));
            }
        }
    }
}

async fn attempt(
    connection: &mut WriteConnection,
    time: &TransactionTime,
    batches: &mut [Box<dyn Batch>],
) -> Result<(), (Step, sqlx::Error)> {
    let begin = |error| (Step::Begin, error);
    let connection = connection.get().await.map_err(begin)?;
    let (mut transaction, micros) = connection.begin_timed().await.map_err(begin)?;
    let now = time.of(micros);
    for batch in batches {
        if let Err(error) = batch.run(&mut transaction, now).await {
            // The rollback's own error adds nothing: the next `begin` reports a broken connection.
            let _ = transaction.rollback().await;
            return Err((Step::Statement, error));
        }
    }
    failpoints::reach("before_commit");
    transaction
        .commit()
        .await
        .map_err(|error| (Step::Commit, error))
}

fn unavailable(error: &sqlx::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
