//! Handles the inbox: batch after batch, conversations side by side, each conversation in order.
//!
//! Messages of a batch come before its statuses. An item that keeps failing is parked, its mates go on;
//! a store that is out is waited for. Nothing an item holds ends the loop.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use super::handlers::InboundDeps;
use super::handlers::{HandleError, MessageHandler, MessageTask, StatusHandler, StatusTask};
use super::resolver::{Sorted, resolve, sort};
use crate::ports::StoreError;
use crate::ports::inbox::{HoldReason, StoredItem};

/// Items read at once.
const BATCH: usize = 256;
/// Conversations handled side by side.
const CONCURRENT: usize = 64;
/// A lost wake-up costs no more than this.
const POLL: Duration = Duration::from_secs(1);
/// From so many deliveries on that Meta waits for at once, handling steps back: what has been acknowledged is
/// safe, what has not may be lost to a time-out.
const CROWD: usize = 24;
/// While there is a crowd, handling rests so many times as long as a batch took it.
const STEP_BACK: u32 = 2;
/// How often it looks whether the crowd is gone.
const STEP_BACK_LOOK: Duration = Duration::from_millis(5);
/// First and longest pause while the store is out.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Handles the inbox.
#[derive(Debug)]
pub struct InboundWorker {
    deps: Arc<InboundDeps>,
    messages: MessageHandler,
    statuses: StatusHandler,
}

/// One item's work.
#[derive(Debug)]
enum Task {
    Message(Box<MessageTask>),
    Status(Box<StatusTask>),
    Lost(i64),
}

impl Task {
    fn item(&self) -> i64 {
        match self {
            Self::Message(task) => task.item.item,
            Self::Status(task) => task.item.item,
            Self::Lost(item) => *item,
        }
    }
}

impl InboundWorker {
    /// A worker with its ports.
    pub fn new(deps: InboundDeps) -> Self {
        let deps = Arc::new(deps);
        Self {
            messages: MessageHandler::new(Arc::clone(&deps)),
            statuses: StatusHandler::new(Arc::clone(&deps)),
            deps,
        }
    }

    /// Works until it is asked to stop; what is under way is finished or stays open for the next start.
    pub async fn run(&self, stop: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        let mut after = 0;
        let mut restarted = Instant::now();
        while !stop.is_cancelled() {
            if restarted.elapsed() > POLL {
                // What was left open behind the cursor is found, also under a load that never pauses.
                after = 0;
                restarted = Instant::now();
            }
            match self.handle_batch(after, &stop).await {
                Ok(Some(last)) => {
                    after = last;
                    pause = FIRST_PAUSE;
                }
                Ok(None) => {
                    pause = FIRST_PAUSE;
                    tokio::select! {
                        () = self.deps.inbox.wait_for_items(after) => {}
                        () = tokio::time::sleep(POLL) => {}
                        () = stop.cancelled() => {}
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "Handling of the inbox waits for the store");
                    after = 0;
                    pause = rest(pause, &stop).await;
                }
            }
        }
    }

    /// Handles the oldest open items after an id; the last one's id, or `None` if there are none.
    ///
    /// Ids grow in the order of commits and a released item gets a new one, so a cursor passes nothing;
    /// an unbroken one is served from memory.
    ///
    /// # Errors
    /// [`StoreError`]: what is not closed is still open.
    pub async fn handle_batch(
        &self,
        after: i64,
        stop: &CancellationToken,
    ) -> Result<Option<i64>, StoreError> {
        let batch = self.deps.inbox.open_items(after, BATCH).await?;
        let Some(last) = batch.last().map(|stored| stored.item) else {
            return Ok(None);
        };
        let began = Instant::now();
        self.handle_items(&batch, stop).await?;
        self.step_back(began.elapsed() * STEP_BACK).await;
        Ok(Some(last))
    }

    /// Leaves the machine to the acknowledgments for a while if Meta waits for many of them.
    async fn step_back(&self, longest: Duration) {
        let until = Instant::now() + longest;
        while self.deps.inbox.unanswered() >= CROWD && Instant::now() < until {
            tokio::time::sleep(STEP_BACK_LOOK).await;
        }
    }

    async fn handle_items(
        &self,
        batch: &[Arc<StoredItem>],
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let mut sorted = sort(&self.deps, batch);
        self.set_aside(&sorted).await?;
        let messages = resolve(&self.deps, std::mem::take(&mut sorted.messages)).await?;
        let by_conversation = grouped(messages, |task| task.resolution.conversation);
        let by_wamid = grouped(sorted.statuses, |task| task.status.wamid.clone());
        self.handle_groups(wrapped(by_conversation, Task::Message), stop)
            .await;
        self.handle_groups(wrapped(by_wamid, Task::Status), stop)
            .await;
        self.handle_groups(
            sorted.lost.into_iter().map(|item| vec![Task::Lost(item)]),
            stop,
        )
        .await;
        Ok(())
    }

    async fn set_aside(&self, sorted: &Sorted) -> Result<(), StoreError> {
        if !sorted.done.is_empty() {
            self.deps.inbox.done(&sorted.done).await?;
        }
        for (held, items) in &sorted.held {
            self.deps.inbox.hold(items, HoldReason::from(*held)).await?;
        }
        // A number added between the look-up and the hold has released what was held before it.
        for phone_number_id in &sorted.unknown_numbers {
            if self
                .deps
                .directory
                .number_by_phone_number_id(phone_number_id)
                .is_some()
            {
                self.deps.inbox.release_held(phone_number_id).await?;
            }
        }
        Ok(())
    }

    async fn handle_groups(
        &self,
        groups: impl IntoIterator<Item = Vec<Task>>,
        stop: &CancellationToken,
    ) {
        stream::iter(groups)
            .for_each_concurrent(CONCURRENT, |group| async move {
                for task in &group {
                    self.drive(task, stop).await;
                }
            })
            .await;
    }

    /// Handles a task until it is done or parked, so that later items of its group keep their order.
    async fn drive(&self, task: &Task, stop: &CancellationToken) {
        let mut pause = FIRST_PAUSE;
        while !stop.is_cancelled() {
            let Err(error) = self.handle(task).await else {
                return;
            };
            let counted = if error.is_store_outage() {
                Ok(false)
            } else {
                self.deps.inbox.failed(task.item(), &error.code()).await
            };
            match counted {
                Ok(true) => {
                    metrics::counter!("inbound_parked_total").increment(1);
                    tracing::warn!(
                        item.id = task.item(),
                        error = error.code(),
                        "Inbound item parked"
                    );
                    return;
                }
                Ok(false) => {
                    tracing::debug!(
                        item.id = task.item(),
                        error = error.code(),
                        "Inbound item tried again"
                    );
                }
                Err(outage) => {
                    tracing::debug!(item.id = task.item(), %outage, "Failed try not counted");
                }
            }
            pause = rest(pause, stop).await;
        }
    }

    async fn handle(&self, task: &Task) -> Result<(), HandleError> {
        let started = Instant::now();
        let (class, outcome) = match task {
            Task::Message(task) => ("message", self.messages.handle(task).await),
            Task::Status(task) => ("status", self.statuses.handle(task).await),
            Task::Lost(_) => ("lost", Err(HandleError::Lost)),
        };
        metrics::histogram!("inbound_handle_seconds", "class" => class)
            .record(started.elapsed().as_secs_f64());
        outcome
    }
}

/// Groups by key; groups and their members keep their order.
fn grouped<T, K: Eq + Hash>(tasks: Vec<T>, key: impl Fn(&T) -> K) -> Vec<Vec<T>> {
    let mut places: HashMap<K, usize> = HashMap::new();
    let mut groups: Vec<Vec<T>> = Vec::new();
    for task in tasks {
        let place = *places.entry(key(&task)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(task),
            None => groups.push(vec![task]),
        }
    }
    groups
}

fn wrapped<T>(groups: Vec<Vec<T>>, wrap: fn(Box<T>) -> Task) -> impl Iterator<Item = Vec<Task>> {
    groups
        .into_iter()
        .map(move |group| group.into_iter().map(|task| wrap(Box::new(task))).collect())
}

/// Rests; the next rest is twice as long.
async fn rest(pause: Duration, stop: &CancellationToken) -> Duration {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = stop.cancelled() => {}
    }
    (pause * 2).min(LONGEST_PAUSE)
}
