//! Which node does what: pieces of work are leased by name, one owner at a time.
//!
//! Invariants: a lease that changes hands gets a new fence, and every transaction of the work checks the fence
//! it was begun under, so that a node that was paused or cut off commits nothing. A node gives a lease up only
//! after what it began has ended. Where there is one node (SQLite) everything is its own and nothing is
//! checked. Absent on purpose: time; whether a lease has run out is the database's to say.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::ids::NumberId;
use domain::time::Timestamp;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::StoreError;

/// A piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Work {
    /// What is received for a number and sent from it.
    Number(NumberId),
    /// What is received for no number that is known.
    Strays,
    /// A shard of the conversation manager: its states, decisions and timers.
    Shard(u8),
    /// A read model, by name and version.
    ReadModel(&'static str, u32),
    /// A read model's build beside the live one; taken by whoever builds it.
    Build(&'static str),
    /// What is done now and then for all: dropping old rows.
    Chores,
    /// Publishing the log to a broker.
    Publishing,
}

impl fmt::Display for Work {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(id) => write!(formatter, "number/{id}"),
            Self::Strays => formatter.write_str("strays"),
            Self::Shard(shard) => write!(formatter, "conversations/{shard:02}"),
            Self::ReadModel(name, version) => write!(formatter, "read_model/{name}/{version}"),
            Self::Build(name) => write!(formatter, "build/{name}"),
            Self::Chores => formatter.write_str("chores"),
            Self::Publishing => formatter.write_str("publishing"),
        }
    }
}

/// A kind of work that a node can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Offer {
    /// Receiving and sending, for every number.
    Numbers,
    /// The conversation manager.
    Shards,
    /// A read model, by name and version.
    ReadModel(&'static str, u32),
    /// What is done now and then.
    Chores,
    /// Publishing the log to a broker.
    Publishing,
}

impl fmt::Display for Offer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers => formatter.write_str("numbers"),
            Self::Shards => formatter.write_str("conversations"),
            Self::ReadModel(name, version) => Work::ReadModel(name, *version).fmt(formatter),
            Self::Chores => formatter.write_str("chores"),
            Self::Publishing => formatter.write_str("publishing"),
        }
    }
}

/// What a process is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Serves until it is stopped.
    Server,
    /// Runs one command: gets work only where no server runs.
    Command,
}

/// Under which lease something is done; checked in its transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fence {
    /// Name of the lease.
    pub lease: Arc<str>,
    /// Grows each time the lease changes hands.
    pub token: i64,
}

/// How good a lease is.
#[derive(Clone, Copy, Debug)]
struct Good {
    /// Until when the database is sure to see it as held, by the clock of this machine that never jumps.
    until: Instant,
    /// How often a renewal came after that.
    lapses: u32,
}

/// A lease that this node holds.
#[derive(Debug)]
pub struct Held {
    fence: Fence,
    under_way: AtomicUsize,
    is_lost: AtomicBool,
    good: Mutex<Good>,
    leaving: CancellationToken,
    idle: Arc<Notify>,
    ends_when_idle: bool,
}

impl Held {
    /// A lease just taken. `idle` is told when nothing is under way and the lease may be given up.
    pub fn new(fence: Fence, good_until: Instant, idle: Arc<Notify>, ends_when_idle: bool) -> Self {
        Self {
            fence,
            under_way: AtomicUsize::new(0),
            is_lost: AtomicBool::new(false),
            good: Mutex::new(Good {
                until: good_until,
                lapses: 0,
            }),
            leaving: CancellationToken::new(),
            idle,
            ends_when_idle,
        }
    }

    /// The fence.
    pub const fn fence(&self) -> &Fence {
        &self.fence
    }

    fn good(&self) -> MutexGuard<'_, Good> {
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It was renewed; whether so late that it was not good for a while. Who asked in between was told that it is
    /// not this node's and passed its work over: it counts as another lease from now on, although nobody else
    /// had it.
    pub fn renewed(&self, good_until: Instant) -> bool {
        let mut good = self.good();
        let has_lapsed = Instant::now() >= good.until;
        good.lapses += u32::from(has_lapsed);
        good.until = good_until;
        has_lapsed
    }

    fn lapses(&self) -> u32 {
        self.good().lapses
    }

    /// Another node has it, or may have it.
    pub fn lose(&self) {
        self.is_lost.store(true, Ordering::Release);
        self.leaving.cancel();
    }

    /// Nothing more is to be begun under it; whether that is news.
    pub fn leave(&self) -> bool {
        let is_news = !self.leaving.is_cancelled();
        self.leaving.cancel();
        if self.under_way.load(Ordering::Acquire) == 0 {
            self.idle.notify_one();
        }
        is_news
    }

    /// Whether it is to be given up and nothing is under way any more.
    pub fn is_over(&self) -> bool {
        (self.leaving.is_cancelled() || self.ends_when_idle)
            && self.under_way.load(Ordering::Acquire) == 0
    }

    /// Whether this node may still work under it.
    pub fn is_good(&self) -> bool {
        !self.is_lost.load(Ordering::Acquire) && Instant::now() < self.good().until
    }

    /// Whether something new may be begun under it.
    pub fn is_wanted(&self) -> bool {
        !self.leaving.is_cancelled() && self.is_good()
    }
}

/// Leave to do a piece of work. While one exists, the lease is not given up.
#[derive(Debug)]
pub struct Permit {
    held: Option<Arc<Held>>,
    /// Lapses of the lease before it.
    lapses: u32,
}

impl Permit {
    /// Of work that no other node could take.
    pub const fn alone() -> Self {
        Self {
            held: None,
            lapses: 0,
        }
    }

    /// Of a lease.
    pub fn of(held: &Arc<Held>) -> Self {
        held.under_way.fetch_add(1, Ordering::AcqRel);
        Self {
            held: Some(Arc::clone(held)),
            lapses: held.lapses(),
        }
    }

    /// What transactions of the work check.
    pub fn fence(&self) -> Option<Fence> {
        self.held.as_ref().map(|held| held.fence.clone())
    }

    /// The fence, and how often the lease had lapsed: what is not the same is another lease to a consumer.
    pub fn era(&self) -> (Option<Fence>, u32) {
        (self.fence(), self.lapses)
    }

    /// Whether what was begun may go on.
    pub fn is_good(&self) -> bool {
        let held = self.held.as_ref();
        held.is_none_or(|held| held.is_good() && held.lapses() == self.lapses)
    }

    /// Whether something new may be begun.
    pub fn is_wanted(&self) -> bool {
        let held = self.held.as_ref();
        held.is_none_or(|held| held.is_wanted() && held.lapses() == self.lapses)
    }

    /// Waits until nothing new may be begun.
    pub async fn unwanted(&self) {
        match &self.held {
            Some(held) => held.leaving.cancelled().await,
            None => std::future::pending().await,
        }
    }
}

impl Clone for Permit {
    fn clone(&self) -> Self {
        match &self.held {
            Some(held) => {
                let mut permit = Self::of(held);
                permit.lapses = self.lapses;
                permit
            }
            None => Self::alone(),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(held) = &self.held
            && held.under_way.fetch_sub(1, Ordering::AcqRel) == 1
            && held.is_over()
        {
            held.idle.notify_one();
        }
    }
}

/// How a node takes part.
#[derive(Clone, Debug)]
pub struct Membership {
    /// What it is.
    pub role: Role,
    /// Its program's version, for people.
    pub version: String,
    /// So long a lease lasts without being renewed.
    pub length: Duration,
}

/// A piece of work that a node has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLease {
    /// Its name.
    pub name: String,
    /// Its fence.
    pub fence: i64,
    /// Whether it ran out, so that another node may take it.
    pub has_run_out: bool,
}

/// How a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// Serves.
    Works,
    /// Gives its work up.
    Leaving,
    /// Runs one command, and serves nobody.
    Command,
    /// Has given no sign of life for the time that a lease lasts.
    Gone,
}

/// A node as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// Its id, another one with each start.
    pub id: String,
    /// The machine's name.
    pub host: String,
    /// Its program's version.
    pub version: String,
    /// How it stands.
    pub state: NodeState,
    /// This node.
    pub is_self: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// Its last sign of life.
    pub seen_at: Timestamp,
    /// Seconds since then, by the database's clock.
    pub silent_seconds: u64,
    /// What it has, by name.
    pub leases: Vec<HeldLease>,
}

/// The leases of this node.
#[async_trait]
pub trait Leases: Send + Sync + fmt::Debug {
    /// Whether other nodes may take work. If not, all work is this node's for ever.
    fn are_shared(&self) -> bool;

    /// Says how this node takes part; before the first [`Self::offer`].
    fn join(&self, membership: Membership);

    /// This node can do work of these kinds from now on.
    fn offer(&self, offers: BTreeSet<Offer>);

    /// Leave to do a piece of work, if it is this node's.
    fn enter(&self, work: Work) -> Option<Permit>;

    /// Changes whenever this node gets a lease, loses one or is to give one up.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Takes a lease that nobody is given by itself, until the permit is dropped. `None`: another one has it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn take(&self, work: Work) -> Result<Option<Permit>, StoreError>;

    /// Gives work up to a node that knows events of this type and version ([`RecordedEvent::kind`]).
    ///
    /// [`RecordedEvent::kind`]: super::event_log::RecordedEvent::kind
    fn decline(&self, work: Work, event_kind: &str);

    /// The nodes that are there or were a short while ago, oldest first; none where there can be only one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError>;

    /// Something done under a lease was refused: whether it is still this node's is looked up at once.
    fn doubt(&self);

    /// Other nodes have to look for what this one has stored and cannot work on.
    fn hint(&self);

    /// Gives everything up as soon as what is under way has ended; returns when it is done.
    async fn hand_over(&self);
}

/// The leases of the only node.
#[derive(Debug)]
pub struct Alone {
    changes: watch::Sender<u64>,
}

impl Default for Alone {
    fn default() -> Self {
        Self {
            changes: watch::Sender::new(0),
        }
    }
}

#[async_trait]
impl Leases for Alone {
    fn are_shared(&self) -> bool {
        false
    }

    fn join(&self, _membership: Membership) {}

    fn offer(&self, _offers: BTreeSet<Offer>) {}

    fn enter(&self, _work: Work) -> Option<Permit> {
        Some(Permit::alone())
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    async fn take(&self, _work: Work) -> Result<Option<Permit>, StoreError> {
        Ok(Some(Permit::alone()))
    }

    fn decline(&self, _work: Work, _event_kind: &str) {}

    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        Ok(Vec::new())
    }

    fn doubt(&self) {}

    fn hint(&self) {}

    async fn hand_over(&self) {}
}
