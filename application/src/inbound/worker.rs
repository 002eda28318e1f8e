//! Handles the inbox: takes items in as long as there is room, works on conversations side by side and on each
//! in receive order.
//!
//! What is taken in is resolved while what was taken before is handled, so that nobody waits for the slowest of a
//! batch. An item that keeps failing is parked, its mates go on; a store that is out is waited for. Nothing an
//! item holds ends the loop.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::ids::ConversationId;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::crowd::{Crowd, LOOK};
pub use super::handlers::InboundDeps;
use super::handlers::{HandleError, MessageHandler, MessageTask, StatusHandler, StatusTask};
use super::resolver::{Sorted, resolve, sort};
use crate::ports::StoreError;
use crate::ports::inbox::HoldReason;
use crate::queues::Queues;

/// Items read at once.
const BATCH: usize = 256;
/// Conversations handled side by side.
const CONCURRENT: usize = 256;
/// From so many items that wait in memory no more are taken in.
const ENOUGH: usize = 256;
/// A lost wake-up costs no more than this.
const POLL: Duration = Duration::from_secs(1);
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

/// What keeps an order among tasks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Conversation(ConversationId),
    Wamid(String),
    Item(i64),
}

impl Task {
    fn item(&self) -> i64 {
        match self {
            Self::Message(task) => task.item.item,
            Self::Status(task) => task.item.item,
            Self::Lost(item) => *item,
        }
    }

    fn key(&self) -> Key {
        match self {
            Self::Message(task) => Key::Conversation(task.resolution.conversation),
            Self::Status(task) => Key::Wamid(task.status.wamid.clone()),
            Self::Lost(item) => Key::Item(*item),
        }
    }
}

/// What was taken in, and the last item that was read.
struct Taken {
    last: i64,
    tasks: Vec<Task>,
}

/// Where the next items are taken.
#[derive(Default)]
struct Place {
    /// Read on after this item.
    after: i64,
    /// Items to pass over because they wait or are under way: they lie in the way of whoever begins anew.
    known: HashSet<i64>,
    /// Wait so long before.
    pause: Duration,
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
    ///
    /// Ids grow in the order of commits and a released item gets a new one, so a cursor passes nothing; an
    /// unbroken one is served from memory.
    pub async fn run(&self, stop: CancellationToken) {
        let mut queues: Queues<Key, Task> = Queues::default();
        let mut known = HashSet::new();
        let mut running = FuturesUnordered::new();
        let mut crowd = Crowd::default();
        let mut outage_pause = FIRST_PAUSE;
        let mut restarted = Instant::now();
        let mut intake = pin!(self.take_in(Place::default(), &stop));
        loop {
            while running.len() < CONCURRENT
                && let Some(task) = queues.next()
            {
                running.push(self.finish(task, &stop));
            }
            let is_idle = running.is_empty() && queues.len() == 0;
            let may_take = queues.len() < ENOUGH
                && crowd.lets_take(self.deps.inbox.unanswered(), is_idle, Instant::now());
            tokio::select! {
                () = stop.cancelled() => break,
                Some((key, item)) = running.next(), if !running.is_empty() => {
                    known.remove(&item);
                    queues.finished(&key);
                }
                taken = &mut intake, if may_take => {
                    let place = match taken {
                        Ok(Taken { last, tasks }) => {
                            outage_pause = FIRST_PAUSE;
                            for task in tasks {
                                known.insert(task.item());
                                queues.add(&task.key(), task);
                            }
                            // What was left open behind the cursor is found, also under a load that never pauses.
                            let is_stale = restarted.elapsed() > POLL;
                            Place {
                                after: if is_stale { 0 } else { last },
                                ..Place::default()
                            }
                        }
                        Err(error) => {
                            tracing::error!(%error, "Handling of the inbox waits for the store");
                            let pause = outage_pause;
                            outage_pause = (outage_pause * 2).min(LONGEST_PAUSE);
                            Place {
                                pause,
                                ..Place::default()
                            }
                        }
                    };
                    let place = if place.after == 0 {
                        restarted = Instant::now();
                        Place {
                            known: known.clone(),
                            ..place
                        }
                    } else {
                        place
                    };
                    intake.set(self.take_in(place, &stop));
                }
                () = tokio::time::sleep(LOOK), if !may_take => {}
            }
        }
        while running.next().await.is_some() {}
    }

    /// Reads, sorts and resolves the next items; waits for some if there are none.
    ///
    /// # Errors
    /// [`StoreError`]: what is not closed is still open.
    async fn take_in(&self, place: Place, stop: &CancellationToken) -> Result<Taken, StoreError> {
        if !place.pause.is_zero() {
            rest(place.pause, stop).await;
        }
        let mut batch = self.deps.inbox.open_items(place.after, BATCH).await?;
        let Some(last) = batch.last().map(|stored| stored.item) else {
            tokio::select! {
                () = self.deps.inbox.wait_for_items(place.after) => {}
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
            return Ok(Taken {
                last: place.after,
                tasks: Vec::new(),
            });
        };
        batch.retain(|stored| !place.known.contains(&stored.item));
        let mut sorted = sort(&self.deps, &batch);
        self.set_aside(&sorted).await?;
        let messages = resolve(&self.deps, std::mem::take(&mut sorted.messages)).await?;
        let messages = messages
            .into_iter()
            .map(|task| Task::Message(Box::new(task)));
        let statuses = sorted
            .statuses
            .into_iter()
            .map(|task| Task::Status(Box::new(task)));
        let lost = sorted.lost.into_iter().map(Task::Lost);
        Ok(Taken {
            last,
            tasks: messages.chain(statuses).chain(lost).collect(),
        })
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

    async fn finish(&self, task: Task, stop: &CancellationToken) -> (Key, i64) {
        self.drive(&task, stop).await;
        (task.key(), task.item())
    }

    /// Handles a task until it is done or parked, so that later items of its key keep their order.
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

/// Rests; the next rest is twice as long.
async fn rest(pause: Duration, stop: &CancellationToken) -> Duration {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = stop.cancelled() => {}
    }
    (pause * 2).min(LONGEST_PAUSE)
}
