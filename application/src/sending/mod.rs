//! The policy of sending: order, pacing, retries, the outcome of each attempt.
//!
//! The scheduling is pure and lies in [`lanes`], [`number_lane`] and [`pacing`]; this file follows the
//! outbox and lets picked rows leave. Absent on purpose: HTTP and SQL, and any re-send that could double a
//! message: an attempt whose outcome cannot be known is declared unknown and shown to people.

mod attempt;
mod facts;
mod lanes;
mod number_lane;
mod pacing;
mod record;
mod restored;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::delivery::FailureCode;
use domain::ids::NumberId;
use domain::time::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use self::lanes::{Lanes, Rules};
use crate::adopted::Adopted;
use crate::execute::Executor;
use crate::ports::StoreError;
use crate::ports::clock::Clock;
use crate::ports::cloud_api::CloudApi;
use crate::ports::directory::Directory;
use crate::ports::hashes::KeyedHashes;
use crate::ports::leases::{Leases, Permit, Work};
use crate::ports::outbox::{Outbox, OutboxRow, OutboxState};
use crate::tasks::Tasks;

pub use restored::declare_unknown_through;

/// Rows read from the outbox at once.
const PAGE: usize = 1000;
/// Rows whose attempts begin in one transaction.
const CLAIM_BATCH: usize = 32;
/// Longest time until waiting rows are looked at again: a number may have been switched on.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Pause after the outbox could not be read.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What the sender works with.
#[derive(Clone, Debug)]
pub struct SenderDeps {
    /// Records outcomes.
    pub executor: Arc<Executor>,
    /// The rows to send.
    pub outbox: Arc<dyn Outbox>,
    /// Numbers with their tokens.
    pub directory: Arc<dyn Directory>,
    /// Meta.
    pub cloud_api: Arc<dyn CloudApi>,
    /// Look-up keys of wamids.
    pub hashes: Arc<dyn KeyedHashes>,
    /// Server time.
    pub clock: Arc<dyn Clock>,
    /// Which numbers are this node's.
    pub leases: Arc<dyn Leases>,
    /// Where attempts run.
    pub tasks: Tasks,
    /// Our code for one of Meta's.
    pub failure_code: fn(i64) -> FailureCode,
}

/// How to send.
#[derive(Clone, Copy, Debug)]
pub struct SendConfig {
    /// Seconds from an attempt's beginning to its deadline (`SEND_TIMEOUT_SECONDS`).
    pub timeout_seconds: u32,
    /// Messages a second and number.
    pub number_rate_per_second: u32,
    /// One message in this time for a number and customer, once the burst is used up.
    pub pair_interval: Duration,
    /// Messages a number may send to one customer at once.
    pub pair_burst: u32,
    /// Attempts under way at once for a number.
    pub max_in_flight_per_number: usize,
}

impl Default for SendConfig {
    /// Meta's limits of an ordinary number.
    fn default() -> Self {
        Self {
            timeout_seconds: 30,
            number_rate_per_second: 80,
            pair_interval: Duration::from_secs(6),
            pair_burst: 45,
            max_in_flight_per_number: 32,
        }
    }
}

/// Lets queued messages leave and records what became of them.
#[derive(Clone, Debug)]
pub struct Sender {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    deps: SenderDeps,
    config: SendConfig,
    lanes: Mutex<Lanes>,
    /// Numbers all of whose rows were looked at since they are this node's.
    adopted: Mutex<Adopted>,
    /// Rows whose task ended without a word: looked up again.
    stranded: Mutex<Vec<OutboxRow>>,
    wake: Notify,
    stop: CancellationToken,
}

impl Sender {
    /// A sender; it does nothing until [`Self::run`]. Ends when `deps.tasks` is asked to.
    pub fn new(deps: SenderDeps, config: SendConfig) -> Self {
        let rules = Rules {
            number_rate_per_second: config.number_rate_per_second,
            pair_interval: config.pair_interval,
            pair_burst: config.pair_burst,
            max_in_flight_per_number: config.max_in_flight_per_number,
        };
        let shared = Shared {
            stop: deps.tasks.stop().child_token(),
            deps,
            config,
            lanes: Mutex::new(Lanes::new(rules)),
            adopted: Mutex::default(),
            stranded: Mutex::new(Vec::new()),
            wake: Notify::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Sends until `stop`; then no attempt begins any more, those under way finish as tasks of their own.
    pub async fn run(&self, stop: CancellationToken) {
        let shared = &self.shared;
        shared.deps.tasks.spawn(Arc::clone(shared).follow());
        loop {
            shared.let_leave();
            let pause = shared.pause();
            tokio::select! {
                () = stop.cancelled() => break,
                () = shared.stop.cancelled() => break,
                () = shared.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        shared.stop.cancel();
    }
}

impl Shared {
    fn now(&self) -> Timestamp {
        self.deps.clock.now()
    }

    /// The lanes, also after a panic elsewhere: every method leaves them whole.
    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stranded(&self) -> MutexGuard<'_, Vec<OutboxRow>> {
        self.stranded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn adopted(&self) -> MutexGuard<'_, Adopted> {
        self.adopted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leave to send for a number, if it is this node's and was taken over.
    fn enter(&self, number: NumberId) -> Option<Permit> {
        let leases = self.deps.leases.as_ref();
        self.adopted().enter(leases, Work::Number(number))
    }

    /// Takes over the numbers that are this node's now, and forgets the rows of the others and of those that
    /// another node had meanwhile. All rows are to be looked at afterwards.
    fn adopt(&self) {
        let numbers = self.deps.directory.numbers().into_iter();
        let works = numbers.map(|number| Work::Number(number.row.id));
        let now = Adopted::of(self.deps.leases.as_ref(), works);
        let mut lanes = self.lanes();
        let mut adopted = self.adopted();
        lanes.keep(|number| now.has_same(&adopted, Work::Number(number)));
        *adopted = now;
    }

    /// Whether a number sends at all here. A removed one is open, so that its rows are canceled; none is while
    /// the outbox is frozen.
    fn is_open(&self, number: NumberId) -> bool {
        if self.deps.outbox.frozen().is_some() || self.enter(number).is_none() {
            return false;
        }
        self.deps.directory.number(number).is_some_and(|number| {
            let row = &number.row;
            row.is_removed || (row.is_active && !row.auth_broken && number.access_token.is_some())
        })
    }

    /// Starts a task for whatever may leave now.
    fn let_leave(self: &Arc<Self>) {
        let stranded = std::mem::take(&mut *self.stranded());
        for row in stranded {
            if let Some(permit) = self.enter(row.number) {
                self.deps.tasks.spawn(Arc::clone(self).look_up(row, permit));
            }
        }
        let (picked, depth) = {
            let mut lanes = self.lanes();
            (
                lanes.pick(self.now(), |number| self.is_open(number)),
                lanes.depth(),
            )
        };
        #[expect(clippy::cast_precision_loss, reason = "a gauge of rows in memory")]
        metrics::gauge!("outbox_depth").set(depth as f64);
        let of_numbers = picked.chunk_by(|left, right| left.number == right.number);
        for batch in of_numbers.flat_map(|rows| rows.chunks(CLAIM_BATCH)) {
            let permit = batch.first().and_then(|row| self.enter(row.number));
            // Without one the number has just been given up: its rows are forgotten.
            if let Some(permit) = permit {
                let leaving = Arc::clone(self).leave(batch.to_vec(), permit);
                self.deps.tasks.spawn(leaving);
            }
        }
    }

    /// How long nothing can happen unless someone wakes the loop.
    fn pause(&self) -> Duration {
        let lanes = self.lanes();
        if lanes.is_empty() {
            return Duration::from_hours(1);
        }
        let next = lanes.next_at(|number| self.is_open(number));
        next.map_or(LOOK_AGAIN, |at| {
            let micros = u64::try_from(at.micros_since(self.now())).unwrap_or(0);
            Duration::from_micros(micros).clamp(Duration::from_millis(1), LOOK_AGAIN)
        })
    }

    /// Takes unsettled rows into the lanes: all of them at first, then each that is queued. When this node gets
    /// another number, or loses one, all of them again: those that are known are passed over.
    async fn follow(self: Arc<Self>) {
        let mut leases = self.deps.leases.changes();
        leases.mark_changed();
        let mut after = 0;
        loop {
            if leases.has_changed().unwrap_or(false) {
                leases.mark_unchanged();
                self.adopt();
                after = 0;
            }
            // Rows up to this head are visible to the read that follows, so they need no second look.
            let head = self.deps.executor.log().head();
            let rows = match self.unsettled(after).await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::error!(%error, "the outbox could not be read, trying again");
                    if self.stopped_within(STORE_PAUSE).await {
                        return;
                    }
                    continue;
                }
            };
            let is_full = rows.len() >= PAGE;
            let last = rows.last().map_or(after, |row| row.position);
            after = if is_full {
                last
            } else {
                after.max(last).max(head)
            };
            self.take_in(rows);
            if is_full {
                continue;
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = leases.changed() => leases.mark_changed(),
                () = self.deps.outbox.wait_for_rows(after) => {}
            }
        }
    }

    /// Unsettled rows of this node's numbers.
    async fn unsettled(&self, after: u64) -> Result<Vec<OutboxRow>, StoreError> {
        let outbox = &self.deps.outbox;
        if !self.deps.leases.are_shared() {
            return outbox.unsettled(after, PAGE).await;
        }
        let numbers = self.deps.directory.numbers().into_iter();
        let ours: Vec<NumberId> = numbers
            .map(|number| number.row.id)
            .filter(|number| self.enter(*number).is_some())
            .collect();
        if ours.is_empty() {
            return Ok(Vec::new());
        }
        outbox.unsettled_of(&ours, after, PAGE).await
    }

    fn take_in(self: &Arc<Self>, rows: Vec<OutboxRow>) {
        for row in rows {
            let Some(permit) = self.enter(row.number) else {
                continue;
            };
            let is_new = self.lanes().insert(row.clone(), self.now());
            if is_new && row.state == OutboxState::Attempting {
                tracing::info!(message = %row.message, "an attempt was under way when the process ended");
                self.deps.tasks.spawn(Arc::clone(self).look_up(row, permit));
            }
        }
        self.wake.notify_one();
    }

    /// Waits; `true` if the sender is asked to stop, or to give the number up, meanwhile.
    async fn let_go_within(&self, permit: &Permit, pause: Duration) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => true,
            () = permit.unwanted() => true,
            () = tokio::time::sleep(pause) => false,
        }
    }

    /// Waits; `true` if the sender is asked to stop meanwhile.
    async fn stopped_within(&self, pause: Duration) -> bool {
        tokio::time::timeout(pause, self.stop.cancelled())
            .await
            .is_ok()
    }
}
