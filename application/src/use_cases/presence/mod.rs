//! Presence: who looks at a conversation and who types in it, on this node.
//!
//! In memory only, with an expiry: a client says again every few seconds that it still looks; who falls
//! silent is gone. Invariant: what is kept is bounded, whatever clients send. Absent on purpose: events.
//! Nothing of this is a fact that anyone will ask for tomorrow.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ids::{ConversationId, TokenId};
use domain::time::Timestamp;
use tokio::sync::broadcast;

use crate::ports::clock::Clock;
use crate::tasks::Tasks;

/// Seconds for which someone counts as looking after they last said so.
pub const LOOKING_SECONDS: i64 = 30;
/// Seconds for which someone counts as typing after they last said so.
pub const TYPING_SECONDS: i64 = 6;
/// People shown in one conversation.
const PEOPLE: usize = 50;
/// Conversations with someone in them.
const CONVERSATIONS: usize = 10_000;
/// Changes that a slow subscriber may be behind.
const BEHIND: usize = 1_024;
/// How often those who fell silent are looked for.
const SWEEP: Duration = Duration::from_secs(1);

/// Someone in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// Who.
    pub person: TokenId,
    /// Whether they type.
    pub is_typing: bool,
}

/// Until when someone counts as being there.
#[derive(Clone, Copy, Debug)]
struct Seen {
    looking: Timestamp,
    typing: Option<Timestamp>,
}

type Rooms = HashMap<ConversationId, BTreeMap<TokenId, Seen>>;

/// Who is where. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Presence {
    clock: Arc<dyn Clock>,
    rooms: Arc<Mutex<Rooms>>,
    changes: broadcast::Sender<ConversationId>,
}

impl Presence {
    /// Nobody is anywhere.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            rooms: Arc::default(),
            changes: broadcast::Sender::new(BEHIND),
        }
    }

    /// Someone looks at a conversation, and types or not. Beyond the bounds nothing is kept: they are not
    /// shown to others, and nobody else disappears for them.
    pub fn look(&self, conversation: ConversationId, person: TokenId, is_typing: bool) {
        let now = self.clock.now();
        let mut rooms = self.lock();
        if rooms.len() >= CONVERSATIONS && !rooms.contains_key(&conversation) {
            return;
        }
        let room = rooms.entry(conversation).or_default();
        if room.len() >= PEOPLE && !room.contains_key(&person) {
            return;
        }
        let before = shown(room, now);
        let seen = Seen {
            looking: now.plus_seconds(LOOKING_SECONDS),
            typing: is_typing.then(|| now.plus_seconds(TYPING_SECONDS)),
        };
        room.insert(person, seen);
        let is_change = shown(room, now) != before;
        drop(rooms);
        if is_change {
            self.tell(conversation);
        }
    }

    /// Someone looks away.
    pub fn leave(&self, conversation: ConversationId, person: TokenId) {
        let mut rooms = self.lock();
        let Some(room) = rooms.get_mut(&conversation) else {
            return;
        };
        let was_there = room.remove(&person).is_some();
        if room.is_empty() {
            rooms.remove(&conversation);
        }
        drop(rooms);
        if was_there {
            self.tell(conversation);
        }
    }

    /// Who is in a conversation now, in order of their ids.
    pub fn present(&self, conversation: ConversationId) -> Vec<Present> {
        let now = self.clock.now();
        let rooms = self.lock();
        rooms
            .get(&conversation)
            .map(|room| shown(room, now))
            .unwrap_or_default()
    }

    /// Conversations in which something changed, from now on. Who falls behind is told so by the channel,
    /// and asks [`Self::present`] anew.
    pub fn subscribe(&self) -> broadcast::Receiver<ConversationId> {
        self.changes.subscribe()
    }

    /// Forgets who fell silent, and says so.
    pub fn sweep(&self) {
        let now = self.clock.now();
        let mut changed = Vec::new();
        self.lock().retain(|conversation, room| {
            let before = room.len();
            let mut is_change = false;
            room.retain(|_, seen| seen.looking > now);
            for seen in room.values_mut() {
                if seen.typing.is_some_and(|until| until <= now) {
                    seen.typing = None;
                    is_change = true;
                }
            }
            if is_change || room.len() != before {
                changed.push(*conversation);
            }
            !room.is_empty()
        });
        for conversation in changed {
            self.tell(conversation);
        }
    }

    /// Sweeps until stopped.
    pub fn keep_swept(&self, tasks: &Tasks) {
        let presence = self.clone();
        let stop = tasks.stop().clone();
        tasks.spawn(async move {
            let mut ticks = tokio::time::interval(SWEEP);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = ticks.tick() => presence.sweep(),
                }
            }
        });
    }

    /// Without subscribers nobody has to be told.
    fn tell(&self, conversation: ConversationId) {
        let _nobody_listens = self.changes.send(conversation);
    }

    /// A panic elsewhere leaves at worst one entry too many, which expires.
    fn lock(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shown(room: &BTreeMap<TokenId, Seen>, now: Timestamp) -> Vec<Present> {
    room.iter()
        .filter(|(_, seen)| seen.looking > now)
        .map(|(person, seen)| Present {
            person: *person,
            is_typing: seen.typing.is_some_and(|until| until > now),
        })
        .collect()
}
