//! The live builds: one pass over the log feeds all of them, one transaction a batch.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use application::ports::event_log::{EventLog, RecordedEvent};
use application::ports::leases::{Leases, Offer, Work};
use application::tasks::Tasks;
use domain::any_event::AnyEvent;
use infrastructure::database::db::Dialect;
use tokio::sync::{Mutex, MutexGuard, Notify, watch};

use super::batch::{Slot, advance};
use super::location::{Location, Place};
use super::owned::{Shown, Waiting};
use super::writer::Writer;
use super::{ApplyError, Projection, ProjectionError, ProjectionState, ProjectionStatus};
use crate::reads::Reads;

/// Events in one transaction at most.
pub(super) const BATCH: usize = 1_000;
/// How long events gather under a steady stream of them.
const GATHER: Duration = Duration::from_millis(15);
/// After another owner was in the way.
const MOVED_PAUSE: Duration = Duration::from_millis(20);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// All read models: runs them, lists them, waits for them, rebuilds them.
pub struct Projections {
    pub(super) log: Arc<dyn EventLog>,
    pub(super) known: Vec<Arc<dyn Projection>>,
    pub(super) location: Place,
    pub(super) writer: Mutex<Writer>,
    pub(super) rebuilding: Mutex<()>,
    pub(super) changed: Notify,
    pub(super) tasks: Tasks,
    pub(super) leases: Arc<dyn Leases>,
    pub(super) shown: std::sync::Mutex<Shown>,
    /// Those who wait for a position, and that there is a new one.
    pub(super) waiting: AtomicUsize,
    pub(super) asked: Notify,
    statuses: watch::Sender<Vec<ProjectionStatus>>,
    reads: Reads,
}

impl std::fmt::Debug for Projections {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Projections")
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}

impl Projections {
    /// Opens the read models with all projections of this version; nothing runs yet.
    ///
    /// # Errors
    /// [`ProjectionError`]: the file or the schema cannot be opened or made.
    pub async fn open(
        location: Location,
        log: Arc<dyn EventLog>,
        leases: Arc<dyn Leases>,
        tasks: &Tasks,
    ) -> Result<Arc<Self>, ProjectionError> {
        let known = crate::statements::all_projections();
        Self::open_with(location, log, (leases, tasks), known).await
    }

    /// As [`Self::open`], with projections of the caller's choice.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(
        location: Location,
        log: Arc<dyn EventLog>,
        (leases, tasks): (Arc<dyn Leases>, &Tasks),
        known: Vec<Arc<dyn Projection>>,
    ) -> Result<Arc<Self>, ProjectionError> {
        let location = Place::new(location);
        let (connection, mut slots) = location.open(log.as_ref(), &known).await?;
        if leases.are_shared() {
            // What this node is to keep up is its leases' to say.
            slots.clear();
        }
        let reads = Reads::new(location.readers().await?, log.epoch());
        let writer = Writer::new(connection, slots);
        let shown = Shown {
            own: statuses(&writer, log.head()),
            ..Shown::default()
        };
        let statuses = watch::Sender::new(shown.all());
        let this = Arc::new(Self {
            log,
            known,
            location,
            writer: Mutex::new(writer),
            rebuilding: Mutex::new(()),
            changed: Notify::new(),
            tasks: tasks.clone(),
            leases,
            shown: std::sync::Mutex::new(shown),
            waiting: AtomicUsize::new(0),
            asked: Notify::new(),
            statuses,
            reads,
        });
        if this.leases.are_shared() {
            this.look_at_others().await?;
        }
        Ok(this)
    }

    /// Starts following the log, and builds what is of another version than this code.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn start(self: &Arc<Self>) -> std::io::Result<()> {
        let this = Arc::clone(self);
        let following = async move { this.follow().await };
        match self.reads.dialect() {
            // SQLite's driver blocks what runs it, and the log's writer must not wait for that.
            Dialect::Sqlite => {
                self.tasks.spawn_on_own_thread("read-models", following)?;
            }
            Dialect::Postgres => {
                self.tasks.spawn(following);
            }
        }
        let offers = self
            .known
            .iter()
            .map(|known| Offer::ReadModel(known.name(), known.version()));
        self.leases.offer(offers.collect());
        if self.leases.are_shared() {
            let this = Arc::clone(self);
            self.tasks.spawn(async move { this.watch_others().await });
        }
        let this = Arc::clone(self);
        self.tasks.spawn(async move { this.build_missing().await });
        Ok(())
    }

    /// What answers queries.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// How every build stands, by name.
    pub fn list(&self) -> Vec<ProjectionStatus> {
        let head = self.log.head();
        let mut statuses = self.statuses.borrow().clone();
        for status in &mut statuses {
            status.lag = head.saturating_sub(status.position);
        }
        statuses
    }

    /// Waits until every projection has passed a position; `false` if that took longer than `within`.
    pub async fn wait_for(&self, position: u64, within: Duration) -> bool {
        let known = self.known.len();
        let _waiting = Waiting::new(&self.waiting);
        self.asked.notify_one();
        let mut statuses = self.statuses.subscribe();
        let reached = statuses.wait_for(|statuses| {
            let live = || {
                statuses
                    .iter()
                    .filter(|one| one.state == ProjectionState::Live)
            };
            live().count() == known && live().all(|one| one.position >= position)
        });
        matches!(tokio::time::timeout(within, reached).await, Ok(Ok(_)))
    }

    /// The writer, with a connection that works.
    pub(super) async fn writer(&self) -> Result<MutexGuard<'_, Writer>, ProjectionError> {
        let mut writer = self.writer.lock().await;
        writer.ready(&self.location).await?;
        Ok(writer)
    }

    async fn follow(&self) {
        let mut pause = FIRST_PAUSE;
        let mut leases = self.leases.changes();
        leases.mark_changed();
        while !self.tasks.stop().is_cancelled() {
            let stepped = async {
                if leases.has_changed().unwrap_or(false) {
                    leases.mark_unchanged();
                    self.adopt().await?;
                }
                self.step().await
            };
            match stepped.await {
                Ok(true) => {
                    pause = FIRST_PAUSE;
                    self.gather().await;
                }
                Ok(false) => {
                    pause = FIRST_PAUSE;
                    self.wait(&mut leases).await;
                }
                Err(ProjectionError::Apply(ApplyError::Moved(name))) => {
                    // Another build is live, or another node has it: what is ours is looked up.
                    tracing::debug!(projection = name, "another owner moved a read model on");
                    leases.mark_changed();
                    self.leases.doubt();
                    tokio::select! {
                        () = tokio::time::sleep(MOVED_PAUSE) => {}
                        () = self.tasks.stop().cancelled() => {}
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the read models cannot follow the log; trying again");
                    leases.mark_changed();
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = self.tasks.stop().cancelled() => {}
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Lets a few events gather while they keep coming one by one: a batch costs its statements, however few
    /// events it has. Whoever waits for a position at rest waits for nothing, because then there are none.
    async fn gather(&self) {
        let lowest = lowest_position(&self.writer.lock().await.slots);
        let waiting = lowest.map_or(0, |position| self.log.head().saturating_sub(position));
        if (1..BATCH as u64).contains(&waiting) {
            tokio::time::sleep(GATHER).await;
        }
    }

    async fn wait(&self, leases: &mut watch::Receiver<u64>) {
        let next = lowest_position(&self.writer.lock().await.slots);
        let beyond = async {
            match next {
                Some(position) => self.log.wait_beyond(position).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = beyond => {}
            () = self.changed.notified() => {}
            _ = leases.changed() => leases.mark_changed(),
            () = self.tasks.stop().cancelled() => {}
        }
    }

    /// Applies one batch to the builds that are furthest behind; `false` if there was nothing to do.
    pub(crate) async fn step(&self) -> Result<bool, ProjectionError> {
        let mut writer = self.writer().await?;
        // What is to be given up is given up between two batches.
        let before = writer.slots.len();
        writer.slots.retain(|slot| slot.permit.is_wanted());
        if writer.slots.len() < before {
            self.publish(&writer);
        }
        let Some(from) = lowest_position(&writer.slots) else {
            return Ok(false);
        };
        let mut events = match writer.ahead.take() {
            Some((after, events)) if after == from => events,
            _ => self.log.read_after(from, BATCH).await?,
        };
        if events.is_empty() {
            return Ok(false);
        }
        let Writer {
            connection,
            slots,
            ahead,
            ..
        } = &mut *writer;
        let others = slots.iter().filter(|slot| slot.stopped_at.is_none());
        if let Some(next) = others
            .map(|slot| slot.position)
            .filter(|at| *at > from)
            .min()
        {
            events.retain(|event| event.position <= next);
        }
        let mut group: Vec<&mut Slot> = slots
            .iter_mut()
            .filter(|slot| slot.stopped_at.is_none() && slot.position == from)
            .collect();
        let known = known_part(&events);
        let result = if known.is_empty() {
            for slot in group {
                tracing::error!(
                    projection = slot.projection.name(),
                    position = from + 1,
                    "an event is of an unknown type: the projection stops before it"
                );
                slot.stopped_at = Some(from + 1);
                let work = Work::ReadModel(slot.projection.name(), slot.projection.version());
                if let Some(event) = events.first() {
                    self.leases.decline(work, &event.kind());
                }
            }
            Ok(())
        } else {
            // While there is more behind a full batch it is read and decoded beside this one's writing.
            let (advanced, next) = tokio::join!(
                advance(connection, &mut group, known),
                read_on(self.log.as_ref(), known)
            );
            *ahead = next;
            advanced
        };
        if result.is_err() {
            writer.doubt();
        }
        self.publish(&writer);
        result?;
        Ok(true)
    }

    /// Tells everyone who waits how far the builds are.
    pub(super) fn publish(&self, writer: &Writer) {
        let statuses = statuses(writer, self.log.head());
        for status in &statuses {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a gauge, not a count to rely on"
            )]
            metrics::gauge!("projection_lag_events", "projection" => status.name)
                .set(status.lag as f64);
        }
        let all = {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.own = statuses;
            shown.all()
        };
        self.show(all);
    }

    pub(super) fn show(&self, statuses: Vec<ProjectionStatus>) {
        self.statuses.send_replace(statuses);
    }
}

/// The events before the first one of an unknown type.
pub(super) fn known_part(events: &[Arc<RecordedEvent>]) -> &[Arc<RecordedEvent>] {
    let unknown = events
        .iter()
        .position(|event| matches!(event.data, AnyEvent::Unknown(_)));
    &events[..unknown.unwrap_or(events.len())]
}

/// What comes behind a full batch, with the position it comes after. A failure is met again when it is needed.
pub(super) async fn read_on(
    log: &dyn EventLog,
    batch: &[Arc<RecordedEvent>],
) -> Option<(u64, Vec<Arc<RecordedEvent>>)> {
    let last = batch.last().filter(|_| batch.len() == BATCH)?.position;
    log.read_after(last, BATCH)
        .await
        .ok()
        .map(|events| (last, events))
}

fn lowest_position(slots: &[Slot]) -> Option<u64> {
    slots
        .iter()
        .filter(|slot| slot.stopped_at.is_none())
        .map(|slot| slot.position)
        .min()
}

fn statuses(writer: &Writer, head: u64) -> Vec<ProjectionStatus> {
    let live = writer.slots.iter().map(|slot| slot.status(head));
    let mut statuses: Vec<_> = live.chain(writer.building.clone()).collect();
    statuses.sort_by_key(|status| (status.name, status.build));
    statuses
}
