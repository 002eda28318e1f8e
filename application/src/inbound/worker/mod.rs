//! Handles the inbox: takes items in as long as there is room, works on conversations side by side and on each
//! in receive order.
//!
//! What is taken in is resolved while what was taken before is handled, so that nobody waits for the slowest of a
//! batch. An item that keeps failing is parked, its mates go on; a store that is out is waited for. Nothing an
//! item holds ends the loop. Here is the loop and how a task is tried; [`intake`] reads and resolves.

mod crowd;
mod intake;

use std::collections::HashSet;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::ids::ConversationId;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use self::crowd::{Crowd, LOOK};
use self::intake::{Place, Taken};
pub use super::handlers::InboundDeps;
use super::handlers::{HandleError, MessageHandler, MessageTask, StatusHandler, StatusTask};
use crate::adopted::Adopted;
use crate::failpoints;
use crate::ports::leases::{Permit, Work};
use crate::queues::Queues;

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
    /// Numbers whose held items were received anew since this node has the strays.
    released: Mutex<HashSet<String>>,
}

/// A task with leave to do it: its number is not given up meanwhile.
#[derive(Debug)]
struct Leased {
    task: Task,
    permit: Permit,
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

    /// Under which lease it is done.
    fn work(&self) -> Option<Work> {
        match self {
            Self::Message(task) => Some(Work::Number(task.number)),
            Self::Status(task) => Some(Work::Number(task.number.row.id)),
            Self::Lost(_) => None,
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

impl InboundWorker {
    /// A worker with its ports.
    pub fn new(deps: InboundDeps) -> Self {
        let deps = Arc::new(deps);
        Self {
            messages: MessageHandler::new(Arc::clone(&deps)),
            statuses: StatusHandler::new(Arc::clone(&deps)),
            released: Mutex::default(),
            deps,
        }
    }

    /// Works until it is asked to stop; what is under way is finished or stays open for the next start.
    ///
    /// Ids grow in the order of commits and a released item gets a new one, so a cursor passes nothing; an
    /// unbroken one is served from memory.
    pub async fn run(&self, stop: CancellationToken) {
        let mut queues: Queues<Key, Leased> = Queues::default();
        let mut known = HashSet::new();
        let mut running = FuturesUnordered::new();
        let mut crowd = Crowd::default();
        let mut outage_pause = FIRST_PAUSE;
        let mut restarted = Instant::now();
        let mut leases = self.deps.leases.changes();
        let mut adopted = self.adopt();
        let begin = Place {
            adopted: Arc::clone(&adopted),
            ..Place::default()
        };
        let mut intake = pin!(self.take_in(begin, &stop));
        loop {
            while running.len() < CONCURRENT
                && let Some(leased) = queues.next()
            {
                running.push(self.finish(leased, &stop));
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
                            for leased in tasks {
                                known.insert(leased.task.item());
                                queues.add(&leased.task.key(), leased);
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
                    let place = Place {
                        adopted: Arc::clone(&adopted),
                        ..place
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
                _ = leases.changed() => {
                    // What was read under other leases is read anew, from the beginning.
                    adopted = self.adopt();
                    for leased in queues.retain(|leased| leased.permit.is_wanted()) {
                        known.remove(&leased.task.item());
                    }
                    restarted = Instant::now();
                    let place = Place {
                        known: known.clone(),
                        adopted: Arc::clone(&adopted),
                        ..Place::default()
                    };
                    intake.set(self.take_in(place, &stop));
                }
                () = tokio::time::sleep(LOOK), if !may_take => {}
            }
        }
        while running.next().await.is_some() {}
    }

    /// What is this node's now.
    fn adopt(&self) -> Arc<Adopted> {
        let leases = self.deps.leases.as_ref();
        if !leases.are_shared() {
            return Arc::default();
        }
        // Another node may have told contacts something else since.
        self.messages.forget();
        let numbers = self.deps.directory.numbers().into_iter();
        let works = numbers
            .map(|number| Work::Number(number.row.id))
            .chain([Work::Strays]);
        Arc::new(Adopted::of(leases, works))
    }

    async fn finish(
        &self,
        Leased { task, permit }: Leased,
        stop: &CancellationToken,
    ) -> (Key, i64) {
        self.drive(&task, &permit, stop).await;
        (task.key(), task.item())
    }

    /// Handles a task until it is done or parked, so that later items of its key keep their order. Once the
    /// lease is given up or lost, what is not done is another node's.
    async fn drive(&self, task: &Task, permit: &Permit, stop: &CancellationToken) {
        let mut pause = FIRST_PAUSE;
        while !stop.is_cancelled() && permit.is_wanted() {
            let Err(error) = self.handle(task).await else {
                return;
            };
            let counted = if error.is_lease_lost() {
                return self.deps.leases.doubt();
            } else if let Some(event_type) = error.newer() {
                tracing::error!(
                    item.id = task.item(),
                    event_type,
                    "Inbound item is left to a node of a newer version: upgrade this one"
                );
                if let Some(work) = task.work() {
                    self.deps.leases.decline(work, event_type);
                }
                Ok(false)
            } else if error.is_store_outage() {
                Ok(false)
            } else {
                let (item, code) = (task.item(), error.code());
                self.deps.inbox.failed(item, &code, permit.fence()).await
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
        let item = task.item();
        let span = tracing::info_span!(target: "vestnik::trace", "handle item", item.id = item);
        self.handle_task(task).instrument(span).await
    }

    async fn handle_task(&self, task: &Task) -> Result<(), HandleError> {
        failpoints::reach("after_ack_before_process");
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
