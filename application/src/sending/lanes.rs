//! What leaves next: all unsettled rows of this node, by number and conversation, in memory.
//!
//! Pure scheduling, rebuilt from rows at start. Absent on purpose: I/O, the clock, the guard.

use std::collections::HashMap;
use std::time::Duration;

use domain::ids::{MessageId, NumberId};
use domain::time::Timestamp;

use super::number_lane::NumberLane;
use crate::ports::outbox::OutboxRow;

/// How fast and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Messages a second and number.
    pub(super) number_rate_per_second: u32,
    /// Refill of a pair.
    pub(super) pair_interval: Duration,
    /// Messages a pair may have at once.
    pub(super) pair_burst: u32,
    /// Attempts under way at once for a number.
    pub(super) max_in_flight_per_number: usize,
}

/// All lanes.
#[derive(Debug)]
pub(super) struct Lanes {
    rules: Rules,
    numbers: HashMap<NumberId, NumberLane>,
    index: HashMap<MessageId, NumberId>,
}

impl Lanes {
    /// No rows yet.
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            numbers: HashMap::new(),
            index: HashMap::new(),
        }
    }

    /// Rows that are not settled.
    pub(super) fn depth(&self) -> usize {
        self.index.len()
    }

    /// Numbers with rows.
    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Takes in a row; `false` if it is there already. An `attempting` row holds its conversation.
    pub(super) fn insert(&mut self, row: OutboxRow, now: Timestamp) -> bool {
        if self.index.contains_key(&row.message) {
            return false;
        }
        self.index.insert(row.message, row.number);
        let rules = self.rules;
        let lane = self
            .numbers
            .entry(row.number)
            .or_insert_with(|| NumberLane::new(rules, now));
        lane.insert(row, now);
        true
    }

    /// Forgets the rows of numbers that another node sends for. What is under way for them ends by itself.
    pub(super) fn keep(&mut self, is_ours: impl Fn(NumberId) -> bool) {
        self.numbers.retain(|number, _| is_ours(*number));
        let numbers = &self.numbers;
        self.index.retain(|_, number| numbers.contains_key(number));
    }

    /// Rows that may leave now; each of them holds its conversation until it is settled or put back.
    /// `is_open` says whether a number may send at all.
    pub(super) fn pick(
        &mut self,
        now: Timestamp,
        is_open: impl Fn(NumberId) -> bool,
    ) -> Vec<OutboxRow> {
        let mut rows = Vec::new();
        for (number, lane) in &mut self.numbers {
            if is_open(*number) {
                lane.pick(now, &mut rows);
            }
        }
        rows
    }

    /// When to ask again, if only time has to pass.
    pub(super) fn next_at(&self, is_open: impl Fn(NumberId) -> bool) -> Option<Timestamp> {
        self.numbers
            .iter()
            .filter(|(number, _)| is_open(**number))
            .filter_map(|(_, lane)| lane.next_at())
            .min()
    }

    /// A picked row is settled, or will not be sent: the next one of its conversation may leave.
    pub(super) fn settled(&mut self, message: MessageId, now: Timestamp) {
        if let Some(number) = self.index.remove(&message)
            && let Some(lane) = self.numbers.get_mut(&number)
        {
            lane.settled(message, now);
        }
    }

    /// A picked row goes back to its place, not before a time.
    pub(super) fn put_back(&mut self, message: MessageId, not_before: Timestamp, now: Timestamp) {
        if let Some(lane) = self.lane_of(message) {
            lane.put_back(message, not_before, now);
        }
    }

    /// A bot's message was rejected and it is decided what becomes of its turn: rows that were taken in
    /// while they were held wait no more.
    pub(super) fn let_turn_go(&mut self, message: MessageId) {
        if let Some(lane) = self.lane_of(message) {
            lane.let_turn_go(message);
        }
    }

    /// Meta took or refused a message of this number: nothing is wrong with the way there.
    pub(super) fn answered(&mut self, message: MessageId) {
        if let Some(lane) = self.lane_of(message) {
            lane.answered(message);
        }
    }

    /// Nothing was written to the socket: until when the message waits. Several in a row make the whole
    /// number wait.
    pub(super) fn not_written(&mut self, message: MessageId, now: Timestamp) -> Timestamp {
        self.lane_of(message)
            .map_or(now, |lane| lane.not_written(message, now))
    }

    /// Meta throttled: until when the message waits. The pair code makes the pair wait, all others the
    /// number.
    pub(super) fn throttled(
        &mut self,
        message: MessageId,
        meta_code: i64,
        retry_after: Option<Duration>,
        now: Timestamp,
    ) -> Timestamp {
        self.lane_of(message).map_or(now, |lane| {
            lane.throttled(message, meta_code, retry_after, now)
        })
    }

    /// The number waits until a time.
    pub(super) fn hold(&mut self, number: NumberId, until: Timestamp) {
        if let Some(lane) = self.numbers.get_mut(&number) {
            lane.hold(until);
        }
    }

    fn lane_of(&mut self, message: MessageId) -> Option<&mut NumberLane> {
        self.numbers.get_mut(self.index.get(&message)?)
    }
}
