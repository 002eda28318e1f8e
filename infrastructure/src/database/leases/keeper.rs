//! The task that keeps the leases of a node: signs of life, renewals, what it should have, what it gives up.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use application::ports::leases::{Held, Offer, Role, Work};
use tokio_util::sync::CancellationToken;

use super::assign::{Known, Member, assign};
use super::{LeaseChanges, RENEWALS, SHARDS, State, micros, sql, take};
use crate::database::db::{Connection, Server, query};
use crate::database::directory::DirectoryState;
use crate::database::rows::json;
use crate::database::write_queue::WriteConnection;
use crate::system::host;

/// After an error of the database, and where a transaction of the last owner is under way.
const AGAIN: Duration = Duration::from_millis(250);
/// What is hinted within it is one notification.
const GATHER: Duration = Duration::from_millis(10);
/// Nodes that are gone are shown to people for so many lengths of a lease.
pub(super) const FORGOTTEN_AFTER: i64 = 30;

/// Keeps the leases of a node.
#[derive(Debug)]
pub(in crate::database) struct Keeper {
    state: Arc<State>,
    numbers: Arc<DirectoryState>,
    changes: Arc<LeaseChanges>,
    connection: WriteConnection,
    /// Since when work is nobody's although it was given to someone.
    free_since: HashMap<Work, Instant>,
    was_leaving: bool,
    /// Leases that the last round found to be ours although nobody works under them.
    orphans: BTreeSet<(String, i64)>,
}

/// What the tables say.
struct Seen {
    members: Vec<Member>,
    known: HashMap<String, Known>,
    /// Until the first lease of another node runs out.
    next_free: Option<Duration>,
    /// Names of leases that nobody holds now.
    free: BTreeSet<String>,
}

impl Keeper {
    pub(super) fn new(
        state: Arc<State>,
        server: Server,
        numbers: Arc<DirectoryState>,
        changes: Arc<LeaseChanges>,
    ) -> Self {
        Self {
            state,
            numbers,
            changes,
            connection: WriteConnection::to_server(server),
            free_since: HashMap::new(),
            was_leaving: false,
            orphans: BTreeSet::new(),
        }
    }

    /// Runs until told to stop; what is not in use is given up then, the rest runs out.
    pub(in crate::database) async fn run(mut self, stop: CancellationToken) {
        let state = Arc::clone(&self.state);
        let mut next = Instant::now();
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(next.into()) => {}
                () = state.wake.notified() => {}
                () = self.changes.wake.notified() => {}
                () = state.hints.notified() => {
                    self.hint().await;
                    continue;
                }
                () = stop.cancelled() => break,
            }
            next = Instant::now() + self.beat_or_wait().await;
            if *self.state.has_left.borrow() {
                break;
            }
        }
        self.state.orders().is_leaving = true;
        for held in self.state.held().values() {
            held.leave();
        }
        if self.state.is_joined.load(Ordering::Acquire) && !*self.state.has_left.borrow() {
            self.beat_or_wait().await;
        }
        self.state.has_left.send_replace(true);
        // The server ends what is not closed in order.
        let _ = self.connection.close().await;
    }

    async fn hint(&mut self) {
        let told = async { query(sql::HINT).execute(self.connection.get().await?).await };
        let is_lost = told.await.is_err();
        if is_lost {
            self.connection.lost();
        }
        tokio::time::sleep(GATHER).await;
    }

    async fn beat_or_wait(&mut self) -> Duration {
        let (is_idle, length) = {
            let orders = self.state.orders();
            (
                orders.offers.is_empty(),
                orders.membership.as_ref().map(|one| one.length),
            )
        };
        let Some(length) = length.filter(|_| !is_idle) else {
            return Duration::from_hours(1);
        };
        match self.beat(length).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, "the leases could not be renewed; trying again");
                self.connection.lost();
                AGAIN
            }
        }
    }

    /// One round: until when there is nothing to do.
    async fn beat(&mut self, length: Duration) -> Result<Duration, sqlx::Error> {
        let state = Arc::clone(&self.state);
        let is_leaving = state.orders().is_leaving;
        let is_first = !state.is_joined.load(Ordering::Acquire);
        let mut tell = is_first || is_leaving != self.was_leaving;
        let connection = self.connection.get().await?;
        sign(connection, &state, length, is_first).await?;
        state.is_joined.store(true, Ordering::Release);
        self.was_leaving = is_leaving;
        let mut has_changed = renew(connection, &state, length, &mut self.orphans).await?;
        let seen = look(connection, &state, length).await?;
        let works = works(&self.numbers, &state);
        state
            .known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&works);
        let owners = assign(&works, &seen.members, &seen.known);

        let given_up: Vec<(Work, Arc<Held>)> = {
            let held = state.held();
            held.iter()
                .filter(|(work, _)| !matches!(work, Work::Build(_)))
                .filter(|(work, _)| owners.get(work).is_none_or(|owner| **owner != *state.node))
                .map(|(work, held)| (*work, Arc::clone(held)))
                .collect()
        };
        for (work, held) in given_up {
            if held.leave() {
                tracing::info!(lease = %work, "given up as soon as what is under way has ended");
                has_changed = true;
            }
        }
        tell |= release(connection, &state).await?;

        let mut is_blocked = false;
        for work in &works {
            let is_free = seen.free.contains(&work.to_string())
                || !seen.known.contains_key(&work.to_string());
            if !is_free || is_leaving || state.held().contains_key(work) {
                self.free_since.remove(work);
                continue;
            }
            let since = *self.free_since.entry(*work).or_insert_with(Instant::now);
            let is_ours = owners.get(work).is_some_and(|owner| **owner == *state.node);
            // Nodes of two versions may disagree about who should have it.
            let is_left_over = owners.contains_key(work) && since.elapsed() > length;
            if !is_ours && !is_left_over {
                continue;
            }
            if let Some(permit) = take(connection, &state, *work, false).await? {
                tracing::debug!(lease = %work, fence = permit.fence().map(|one| one.token), "lease taken");
                self.free_since.remove(work);
                has_changed = true;
            } else {
                is_blocked = true;
            }
        }
        if is_leaving && state.held().is_empty() {
            query(sql::LEAVE)
                .bind(&*state.node)
                .execute(&mut *connection)
                .await?;
            tell = true;
            state.has_left.send_replace(true);
        }
        if tell {
            changed(connection).await?;
        }
        if has_changed {
            state.changed();
        }
        #[expect(clippy::cast_precision_loss, reason = "a gauge of a few dozen leases")]
        metrics::gauge!("leases_held").set(state.held().len() as f64);
        let renewal = length / RENEWALS;
        let next = seen.next_free.map_or(renewal, |left| left.min(renewal));
        Ok(if is_blocked { AGAIN } else { next })
    }
}

/// All work there is.
fn works(numbers: &DirectoryState, state: &State) -> BTreeSet<Work> {
    let mut works: BTreeSet<Work> = numbers.number_ids().into_iter().map(Work::Number).collect();
    works.extend((0..SHARDS).map(Work::Shard));
    works.extend([Work::Strays, Work::Chores, Work::Publishing]);
    for offer in &state.orders().offers {
        if let Offer::ReadModel(name, version) = offer {
            works.insert(Work::ReadModel(name, *version));
        }
    }
    works
}

async fn sign(
    connection: &mut Connection,
    state: &State,
    length: Duration,
    is_first: bool,
) -> Result<(), sqlx::Error> {
    let (version, is_command, is_leaving, offers) = {
        let orders = state.orders();
        let offers: Vec<String> = orders.offers.iter().map(ToString::to_string).collect();
        let membership = orders.membership.as_ref();
        (
            membership.map_or_else(String::new, |one| one.version.clone()),
            membership.is_some_and(|one| one.role == Role::Command),
            orders.is_leaving,
            offers,
        )
    };
    query(sql::SIGN_OF_LIFE)
        .bind(&*state.node)
        .bind(host())
        .bind(version)
        .bind(is_command)
        .bind(is_leaving)
        .bind(json(&offers)?)
        .bind(json(&state.event_types)?)
        .execute(&mut *connection)
        .await?;
    if is_first {
        query(sql::FORGET)
            .bind(micros(length) * FORGOTTEN_AFTER)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Renews what is held; whether something was lost, or renewed so late that it counts as another lease.
async fn renew(
    connection: &mut Connection,
    state: &State,
    length: Duration,
    orphans: &mut BTreeSet<(String, i64)>,
) -> Result<bool, sqlx::Error> {
    let before: Vec<(Work, Arc<Held>)> = {
        let held = state.held();
        held.iter()
            .map(|(work, held)| (*work, Arc::clone(held)))
            .collect()
    };
    let began = Instant::now();
    let rows: Vec<(String, i64)> = query(sql::RENEW)
        .bind(&*state.node)
        .bind(micros(length))
        .fetch_all(&mut *connection)
        .await?;
    let renewed: BTreeSet<(String, i64)> = rows.into_iter().collect();
    let mut has_changed = false;
    for (work, held) in before {
        let fence = held.fence();
        if renewed.contains(&(fence.lease.to_string(), fence.token)) {
            if held.renewed(began + length) {
                tracing::warn!(lease = %fence.lease, "a lease was renewed late: its work begins anew");
                has_changed = true;
            }
            continue;
        }
        tracing::warn!(lease = %fence.lease, "lease lost: this node was silent for too long");
        metrics::counter!("leases_lost_total").increment(1);
        held.lose();
        state.held_mut().remove(&work);
        has_changed = true;
    }
    // The answer to a take or a release was lost: nobody works under these. One that was taken since the
    // statement above is found to be held in the next round.
    let unheld: BTreeSet<(String, i64)> = {
        let held = state.held();
        let is_held = |(name, token): &&(String, i64)| {
            held.values()
                .any(|held| *held.fence().lease == **name && held.fence().token == *token)
        };
        renewed
            .iter()
            .filter(|one| !is_held(one))
            .cloned()
            .collect()
    };
    for (name, token) in unheld.intersection(orphans) {
        query(sql::RELEASE)
            .bind(&**name)
            .bind(*token)
            .bind(None::<&str>)
            .execute(&mut *connection)
            .await?;
    }
    *orphans = unheld;
    Ok(has_changed)
}

async fn look(
    connection: &mut Connection,
    state: &State,
    length: Duration,
) -> Result<Seen, sqlx::Error> {
    let rows: Vec<(String, String, String, bool)> = query(sql::MEMBERS)
        .bind(micros(length))
        .fetch_all(&mut *connection)
        .await?;
    let texts = |text: &str| serde_json::from_str(text).unwrap_or_default();
    let members = rows
        .into_iter()
        .map(|(id, offers, types, is_command)| Member {
            id,
            offers: texts(&offers),
            event_types: texts(&types),
            is_command,
        });
    let members = members.collect();
    let rows: Vec<(String, Option<String>, i64, Option<String>)> =
        query(sql::ALL).fetch_all(connection).await?;
    let (mut known, mut free, mut next_free) = (HashMap::new(), BTreeSet::new(), None);
    for (name, owner, left, needs) in rows {
        if owner.is_none() || left < 0 {
            free.insert(name.clone());
        } else if owner.as_deref() != Some(&*state.node) {
            // A moment later, so that it has run out by then.
            let left = Duration::from_micros(left.unsigned_abs()) + Duration::from_millis(20);
            next_free = Some(next_free.map_or(left, |next: Duration| next.min(left)));
        }
        known.insert(name, Known { owner, needs });
    }
    Ok(Seen {
        members,
        known,
        next_free,
        free,
    })
}

/// Releases what is to be given up and idle; whether there was anything.
async fn release(connection: &mut Connection, state: &State) -> Result<bool, sqlx::Error> {
    let over: Vec<(Work, Arc<Held>)> = {
        let mut held = state.held_mut();
        let over: Vec<Work> = held
            .iter()
            .filter(|(_, held)| held.is_over())
            .map(|(work, _)| *work)
            .collect();
        over.into_iter()
            .filter_map(|work| held.remove(&work).map(|held| (work, held)))
            .collect()
    };
    for (work, held) in &over {
        held.lose();
        let needs = state.orders().declined.remove(work);
        query(sql::RELEASE)
            .bind(&*held.fence().lease)
            .bind(held.fence().token)
            .bind(needs.as_deref())
            .execute(&mut *connection)
            .await?;
        tracing::debug!(lease = %held.fence().lease, "lease released");
    }
    Ok(!over.is_empty())
}

async fn changed(connection: &mut Connection) -> Result<(), sqlx::Error> {
    query(sql::CHANGED).execute(connection).await.map(drop)
}
