//! Leases on PostgreSQL: what this node holds, and the task that keeps it.
//!
//! A lease lasts [`LENGTH`] and is renewed three times as often: one lost renewal or two (a slow commit, a
//! connection made anew) cost nothing, and what a dead node held is free within the length. A shorter one would
//! let a busy server's pause move work about, a longer one lets customers wait. Everything here is a hint except
//! the fence, which each transaction of the work checks (`lease_holds` in migration 0004).

mod assign;
mod fences;
mod keeper;
mod sql;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use application::failpoints;
use application::ports::StoreError;
use application::ports::leases::{Fence, Held, Leases, Membership, Offer, Permit, Work};
use async_trait::async_trait;
use domain::event_catalog;
use tokio::sync::{Notify, watch};

use super::context::{AdapterContext, unavailable};
use super::db::{Connection, Server, query};
use super::rows::json;

pub(in crate::database) use fences::{asked, lost, places};
pub(in crate::database) use keeper::Keeper;
pub(in crate::database) use sql::STATEMENTS;

/// So long a lease lasts without being renewed, unless it is set otherwise.
pub const LENGTH: Duration = Duration::from_secs(10);
/// Renewals within the length of a lease.
const RENEWALS: u32 = 3;
/// Shards of the conversation manager; the last hex digit of a conversation's id names one.
pub(in crate::database) const SHARDS: u8 = 16;

/// What other nodes changed, as the follower of the log sees it.
#[derive(Debug, Default)]
pub(crate) struct LeaseChanges {
    seen: AtomicI64,
    wake: Notify,
}

impl LeaseChanges {
    /// The number of changes so far.
    pub(in crate::database) fn saw(&self, number: i64) {
        if self.seen.swap(number, Ordering::Relaxed) != number {
            self.wake.notify_one();
        }
    }
}

/// What this node asks of the keeper.
#[derive(Debug, Default)]
struct Orders {
    membership: Option<Membership>,
    offers: BTreeSet<Offer>,
    /// Work given up, with the type of the event that could not be read.
    declined: HashMap<Work, String>,
    is_leaving: bool,
}

/// Shared by the handle and the keeper.
#[derive(Debug)]
struct State {
    node: String,
    event_types: BTreeSet<String>,
    held: RwLock<HashMap<Work, Arc<Held>>>,
    /// Work that the keeper has heard of.
    known: RwLock<BTreeSet<Work>>,
    orders: Mutex<Orders>,
    changes: watch::Sender<u64>,
    /// Something for the keeper to do.
    wake: Arc<Notify>,
    hints: Notify,
    has_left: watch::Sender<bool>,
    is_joined: AtomicBool,
}

impl State {
    fn held(&self) -> RwLockReadGuard<'_, HashMap<Work, Arc<Held>>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn held_mut(&self) -> RwLockWriteGuard<'_, HashMap<Work, Arc<Held>>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn length(&self) -> Duration {
        let orders = self.orders();
        orders.membership.as_ref().map_or(LENGTH, |one| one.length)
    }

    fn changed(&self) {
        self.changes.send_modify(|number| *number += 1);
    }

    fn has_heard_of(&self, work: Work) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.contains(&work)
    }
}

/// The leases of a node on PostgreSQL.
#[derive(Debug)]
pub struct StoredLeases {
    state: Arc<State>,
    context: AdapterContext,
}

impl StoredLeases {
    /// Leases of a node that has not joined, and their keeper.
    pub(in crate::database) fn new(
        context: &AdapterContext,
        server: &Server,
        numbers: Arc<super::directory::DirectoryState>,
        changes: Arc<LeaseChanges>,
    ) -> (Self, Keeper) {
        let types = event_catalog::events().into_iter();
        let state = Arc::new(State {
            node: context.ids.next().to_string(),
            event_types: types
                .map(|event| event.event_type)
                .filter(|name| failpoints::knows(name))
                .collect(),
            held: RwLock::default(),
            known: RwLock::default(),
            orders: Mutex::default(),
            changes: watch::Sender::new(0),
            wake: Arc::default(),
            hints: Notify::new(),
            has_left: watch::Sender::new(false),
            is_joined: AtomicBool::new(false),
        });
        let keeper = Keeper::new(Arc::clone(&state), server.clone(), numbers, changes);
        let context = context.clone();
        (Self { state, context }, keeper)
    }
}

#[async_trait]
impl Leases for StoredLeases {
    fn are_shared(&self) -> bool {
        true
    }

    fn join(&self, membership: Membership) {
        self.state.orders().membership = Some(membership);
    }

    fn offer(&self, offers: BTreeSet<Offer>) {
        self.state.orders().offers.extend(offers);
        self.state.wake.notify_one();
    }

    fn enter(&self, work: Work) -> Option<Permit> {
        let permit = {
            let held = self.state.held();
            held.get(&work)
                .filter(|held| held.is_wanted())
                .map(Permit::of)
        };
        if permit.is_none() && !self.state.has_heard_of(work) {
            self.state.wake.notify_one();
        }
        // It may have been given up a moment ago.
        permit.filter(Permit::is_wanted)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.state.changes.subscribe()
    }

    async fn take(&self, work: Work) -> Result<Option<Permit>, StoreError> {
        if self.state.held().contains_key(&work) {
            return Ok(None);
        }
        let mut connection = self.context.reads.acquire().await.map_err(unavailable)?;
        let taken = take(&mut connection, &self.state, work, true)
            .await
            .map_err(unavailable)?;
        Ok(taken)
    }

    fn decline(&self, work: Work, event_type: &str) {
        if let Some(held) = self.state.held().get(&work) {
            held.leave();
            let mut orders = self.state.orders();
            orders.declined.insert(work, event_type.to_owned());
        }
        self.state.changed();
        self.state.wake.notify_one();
    }

    fn doubt(&self) {
        self.state.wake.notify_one();
    }

    fn hint(&self) {
        self.state.hints.notify_one();
    }

    async fn hand_over(&self) {
        if !self.state.is_joined.load(Ordering::Acquire) {
            return;
        }
        let mut has_left = self.state.has_left.subscribe();
        self.state.orders().is_leaving = true;
        for held in self.state.held().values() {
            held.leave();
        }
        self.state.changed();
        self.state.wake.notify_one();
        // The keeper ends by itself if the service is stopped meanwhile.
        let _ = has_left.wait_for(|has_left| *has_left).await;
    }
}

/// Takes a lease if it is free.
async fn take(
    connection: &mut Connection,
    state: &State,
    work: Work,
    ends_when_idle: bool,
) -> Result<Option<Permit>, sqlx::Error> {
    let (name, length) = (work.to_string(), state.length());
    let began = Instant::now();
    let token: Option<i64> = query(sql::TAKE)
        .bind(&*state.node)
        .bind(&*name)
        .bind(micros(length))
        .bind(json(&state.event_types)?)
        .fetch_optional(connection)
        .await?;
    let Some(token) = token else { return Ok(None) };
    let fence = Fence {
        lease: name.into(),
        token,
    };
    let held = Arc::new(Held::new(
        fence,
        began + length,
        Arc::clone(&state.wake),
        ends_when_idle,
    ));
    // Before others see it: one that ends when it is idle is not idle now.
    let permit = Permit::of(&held);
    state.held_mut().insert(work, held);
    Ok(Some(permit))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
