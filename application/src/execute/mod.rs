//! Executing commands: load, decide, append, and decide again on a conflict.
//!
//! Invariants: a decision is made on the version it is appended to; before a refusal or a no-op is
//! answered, the stream's version is checked and a stale cached state is reloaded; a state that another node
//! has changed is stale as soon as this node hears of it; a remembered command
//! that was committed before answers its first result.

mod cache;
mod event_store;

use std::sync::Arc;

use cqrs_es::DomainEvent;
use domain::any_event::{AnyEvent, WrongAggregate};
use domain::ids::CommandId;
use domain::stream::{StreamAggregate, lane_of};
use tracing::Instrument as _;
use uuid::Uuid;

pub use event_store::LogEventStore;

use self::cache::{Cached, StateCache};
use crate::ports::StoreError;
use crate::ports::event_log::{
    Commit, CommitError, Committed, EventLog, Metadata, NewEvent, StreamId, StreamWatcher,
};
use crate::ports::leases::Fence;
use crate::ports::row_op::RowOp;

/// Conflicts after which a command gives up; each costs a tail read.
const MAX_CONFLICTS: usize = 16;
/// Locks that keep commands of one stream from racing inside this node.
const STRIPES: usize = 1024;

/// An aggregate whose events travel through the log.
pub trait Logged:
    StreamAggregate<Event: Into<AnyEvent> + for<'a> TryFrom<&'a AnyEvent, Error = WrongAggregate>>
{
}

impl<A> Logged for A
where
    A: StreamAggregate,
    A::Event: Into<AnyEvent> + for<'a> TryFrom<&'a AnyEvent, Error = WrongAggregate>,
{
}

/// What identifies a command and its cause.
#[derive(Clone, Debug)]
pub struct Intent {
    /// The command's id: the client's, or v5 of its cause and step.
    pub command_id: CommandId,
    /// Whether `commands` remembers it.
    pub remember: bool,
    /// Who caused it.
    pub metadata: Metadata,
    /// Under which lease it is executed: if that has changed hands, nothing is written.
    pub fence: Option<Fence>,
}

/// What a command led to.
#[derive(Clone, Debug)]
pub struct Executed<A: StreamAggregate> {
    /// The state after it.
    pub state: Arc<A>,
    /// New events; empty for a no-op or a duplicate.
    pub events: Vec<A::Event>,
    /// Version of the stream.
    pub version: u64,
    /// Position of the command's last event; for a no-op the head that was read.
    pub position: u64,
    /// The command had been committed before.
    pub duplicate: bool,
}

/// What a commit is about to change, for those who say which rows go with it.
#[derive(Debug)]
pub struct Change<'a, A: StreamAggregate> {
    /// The state that was decided on.
    pub before: &'a A,
    /// What was decided.
    pub events: &'a [A::Event],
    /// The state after it.
    pub after: &'a A,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E: std::error::Error + 'static> {
    /// A rule of the domain refuses it.
    #[error(transparent)]
    Refused(E),
    /// A row operation does not apply any more: gather the facts anew and try again.
    #[error("a row operation does not apply: {0}")]
    Precondition(&'static str),
    /// Too many writers on one stream.
    #[error("the stream is too busy")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Executes commands on streams of the log.
#[derive(Debug)]
pub struct Executor {
    log: Arc<dyn EventLog>,
    cache: Arc<StateCache>,
    stripes: Vec<tokio::sync::Mutex<()>>,
}

impl Executor {
    /// An executor over a log, with a cache of at most `cache_bytes` of states.
    pub fn new(log: Arc<dyn EventLog>, cache_bytes: u64) -> Self {
        let stripes = (0..STRIPES).map(|_| tokio::sync::Mutex::new(())).collect();
        let cache = Arc::new(StateCache::new(cache_bytes));
        log.watch_streams(Arc::clone(&cache) as Arc<dyn StreamWatcher>);
        Self {
            log,
            cache,
            stripes,
        }
    }

    /// The log underneath.
    pub fn log(&self) -> &Arc<dyn EventLog> {
        &self.log
    }

    /// The present state of an aggregate; a default one if its stream does not exist. With several nodes: as it
    /// was after every event that this node has read or heard of.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn load<A: Logged>(&self, id: Uuid) -> Result<Arc<A>, StoreError> {
        Ok(self.load_versioned::<A>(id).await?.0)
    }

    /// Executes a command; `row_ops` says what belongs to the events it led to.
    ///
    /// # Errors
    /// [`ExecuteError`].
    pub fn execute<A: Logged>(
        &self,
        id: Uuid,
        intent: Intent,
        command: A::Command,
        row_ops: impl Fn(&[A::Event], &A) -> Vec<RowOp> + Send,
    ) -> impl Future<Output = Result<Executed<A>, ExecuteError<A::Error>>> {
        self.execute_change(id, intent, command, move |change: Change<'_, A>| {
            row_ops(change.events, change.after)
        })
    }

    /// As [`Self::execute`], for rows that also depend on how it was before. What was loaded outside may have
    /// changed by the time the command is decided; this is what it was decided on.
    ///
    /// # Errors
    /// [`ExecuteError`].
    pub fn execute_change<A: Logged>(
        &self,
        id: Uuid,
        intent: Intent,
        command: A::Command,
        row_ops: impl Fn(Change<'_, A>) -> Vec<RowOp> + Send,
    ) -> impl Future<Output = Result<Executed<A>, ExecuteError<A::Error>>> {
        let span = tracing::info_span!(target: "vestnik::trace", "execute", aggregate = A::TYPE);
        self.decide_and_append(id, intent, command, row_ops)
            .instrument(span)
    }

    async fn decide_and_append<A: Logged>(
        &self,
        id: Uuid,
        intent: Intent,
        command: A::Command,
        row_ops: impl Fn(Change<'_, A>) -> Vec<RowOp> + Send,
    ) -> Result<Executed<A>, ExecuteError<A::Error>> {
        let stream = StreamId {
            aggregate_type: A::TYPE,
            id,
        };
        let _guard = self.stripes[usize::from(lane_of(id)) % STRIPES]
            .lock()
            .await;
        for _ in 0..MAX_CONFLICTS {
            let (state, version) = self.load_versioned::<A>(id).await?;
            let decided = state.decide(&command);
            let events = match decided {
                Ok(events) if !events.is_empty() => events,
                other => {
                    if intent.remember
                        && let Some(before) =
                            self.log.find_command(stream, intent.command_id).await?
                    {
                        return Ok(duplicate(state, before));
                    }
                    if self.log.stream_version(stream).await? != version {
                        self.cache.forget(stream);
                        continue;
                    }
                    other.map_err(ExecuteError::Refused)?;
                    let position = self.log.head();
                    return Ok(Executed {
                        state,
                        events: Vec::new(),
                        version,
                        position,
                        duplicate: false,
                    });
                }
            };
            let mut after = (*state).clone();
            for event in &events {
                after.apply(event.clone());
            }
            let commit = Commit {
                stream,
                expected_version: version,
                command_id: intent.command_id,
                remember: intent.remember,
                events: events.iter().map(new_event).collect(),
                metadata: intent.metadata.clone(),
                subject: after.subject(),
                lane: lane_of(after.lane_key().unwrap_or(id)),
                row_ops: row_ops(Change {
                    before: &state,
                    events: &events,
                    after: &after,
                })
                .into_iter()
                .chain(intent.fence.clone().map(RowOp::Under))
                .collect(),
            };
            match self.log.append(commit).await {
                Ok(committed) if committed.duplicate => {
                    self.cache.forget(stream);
                    let state = self.load::<A>(id).await?;
                    return Ok(duplicate(state, committed));
                }
                Ok(committed) => {
                    let state = Arc::new(after);
                    self.cache.put(stream, &state, committed.version);
                    return Ok(Executed {
                        state,
                        events,
                        version: committed.version,
                        position: committed.position,
                        duplicate: false,
                    });
                }
                Err(CommitError::Conflict) => self.cache.mark_stale(stream),
                Err(CommitError::Precondition(name)) => {
                    return Err(ExecuteError::Precondition(name));
                }
                Err(CommitError::Store(error)) => {
                    self.cache.forget(stream);
                    return Err(ExecuteError::Store(error));
                }
            }
        }
        Err(ExecuteError::Busy)
    }

    /// State and version: from the cache, or the cache plus the tail, or the whole stream.
    async fn load_versioned<A: Logged>(&self, id: Uuid) -> Result<(Arc<A>, u64), StoreError> {
        let stream = StreamId {
            aggregate_type: A::TYPE,
            id,
        };
        let (base, version) = match self.cache.get::<A>(stream) {
            Cached::Fresh(state, version) => return Ok((state, version)),
            Cached::Stale(state, version) => (state, version),
            Cached::Missing => (Arc::new(A::default()), 0),
        };
        let seen = self.cache.seen_of(stream);
        let tail = self.log.read_stream(stream, version).await?;
        let mut state = (*base).clone();
        let mut at = version;
        for event in &tail {
            if matches!(event.data, AnyEvent::Unknown(_)) {
                return Err(StoreError::Newer(event.kind()));
            }
            let own = A::Event::try_from(&event.data).map_err(|error| {
                StoreError::Corrupt(format!("{} at {}: {error}", A::TYPE, event.position))
            })?;
            state.apply(own);
            at = event.sequence;
        }
        let state = Arc::new(state);
        if at > 0 {
            self.cache.put_read(stream, &state, at, seen);
        }
        Ok((state, at))
    }
}

fn duplicate<A: StreamAggregate>(state: Arc<A>, before: Committed) -> Executed<A> {
    Executed {
        state,
        events: Vec::new(),
        version: before.version,
        position: before.position,
        duplicate: true,
    }
}

fn new_event<E: DomainEvent + Into<AnyEvent>>(event: &E) -> NewEvent {
    NewEvent {
        event_type: event.event_type(),
        event_version: event.event_version(),
        data: event.clone().into(),
    }
}
