//! The shards of the manager's work that this node has, and how far each has taken the log.
//!
//! A conversation is in the shard of its lane. Where there is one node it has one shard with everything in it.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::ConversationId;
use domain::stream::lane_of;

use crate::ports::leases::{Fence, Permit};
use crate::ports::process_store::{Move, StoredCommand};

/// A shard that this node has.
#[derive(Debug)]
pub(super) struct Shard {
    /// Held as long as the shard is worked on.
    pub(super) permit: Permit,
    fence: Option<Fence>,
    /// Position up to which the log was taken in memory; the stored checkpoint may be a little behind.
    taken: u64,
    stored: u64,
}

impl Shard {
    /// A shard just taken over; its checkpoint is at `stored`.
    pub(super) fn new(permit: Permit, stored: u64) -> Self {
        Self {
            fence: permit.fence(),
            permit,
            taken: stored,
            stored,
        }
    }

    /// The same lease as this permit's, without a lapse in between.
    pub(super) fn is_under(&self, permit: &Permit) -> bool {
        self.permit.era() == permit.era()
    }

    /// Whether an event was taken before.
    pub(super) const fn has_taken(&self, position: u64) -> bool {
        position <= self.taken
    }

    /// The command as it is to be carried out by this owner.
    pub(super) fn under_fence(&self, command: StoredCommand) -> StoredCommand {
        StoredCommand {
            fence: self.fence.clone(),
            ..command
        }
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct Shards {
    count: u8,
    pub(super) owned: BTreeMap<u8, Shard>,
}

impl Shards {
    /// None of so many.
    pub(super) fn new(count: u8) -> Self {
        Self {
            count: count.max(1),
            owned: BTreeMap::new(),
        }
    }

    /// The numbers of all shards there are.
    pub(super) fn all(&self) -> std::ops::Range<u8> {
        0..self.count
    }

    /// The numbers of those that this node has.
    pub(super) fn numbers(&self) -> Vec<u8> {
        self.owned.keys().copied().collect()
    }

    fn of_lane(&self, lane: u16) -> u8 {
        u8::try_from(lane % u16::from(self.count)).unwrap_or(0)
    }

    /// The shard of a conversation.
    pub(super) fn number_of(&self, conversation: ConversationId) -> u8 {
        self.of_lane(lane_of(conversation.as_uuid()))
    }

    /// The shard of a conversation, if this node has it.
    pub(super) fn find(&self, conversation: ConversationId) -> Option<&Shard> {
        self.owned.get(&self.number_of(conversation))
    }

    /// Whether this node has the shard of a lane.
    pub(super) fn has_lane(&self, lane: u16) -> bool {
        self.owned.contains_key(&self.of_lane(lane))
    }

    /// Up to where all of them have taken the log.
    pub(super) fn lowest(&self) -> Option<u64> {
        self.owned.values().map(|shard| shard.taken).min()
    }

    /// The moves of a step after which the log is taken up to `to` (if it was events): those of shards that
    /// changed, and of those that would fall too far behind.
    pub(super) fn moves(&self, changed: &BTreeSet<u8>, to: Option<u64>, idle: u64) -> Vec<Move> {
        let moves = self.owned.iter().filter_map(|(number, shard)| {
            let taken = shard.taken.max(to.unwrap_or(0));
            let is_due = changed.contains(number) || taken - shard.stored >= idle;
            // Without a lease there is nothing to check where nothing moves.
            let says_something = taken > shard.stored || shard.fence.is_some();
            (is_due && says_something).then(|| Move {
                shard: *number,
                from: shard.stored,
                to: taken,
                fence: shard.fence.clone(),
            })
        });
        moves.collect()
    }

    /// A step was stored.
    pub(super) fn moved(&mut self, moves: &[Move]) {
        for one in moves {
            if let Some(shard) = self.owned.get_mut(&one.shard) {
                shard.stored = one.to;
            }
        }
    }

    /// The log was taken up to a position.
    pub(super) fn took(&mut self, to: u64) {
        for shard in self.owned.values_mut() {
            shard.taken = shard.taken.max(to);
        }
    }
}
