//! The lanes of one number: conversations that are ready, asleep or have a message on its way.
//!
//! Within a conversation rows leave in position order and only the first may leave; between conversations
//! operators' rows go first, and whoever was served goes to the end of the queue.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use domain::ids::{ContactId, ConversationId, MessageId};
use domain::time::Timestamp;

use super::lanes::Rules;
use super::pacing::{Pace, growing, pair_pause};
use crate::ports::outbox::{OutboxRow, OutboxState};

/// Meta's code for too many messages to one customer.
const PAIR_LIMIT: i64 = 131_056;
/// Meta's code for a number in maintenance, which takes up to a minute.
const MAINTENANCE: i64 = 131_057;
/// Seconds of that maintenance.
const MAINTENANCE_SECONDS: i64 = 60;
/// Longest `Retry-After` that is believed.
const LONGEST_RETRY_AFTER: i64 = 3600;
/// Messages in a row that were not written before the whole number waits.
const BREAKER_AFTER: u32 = 3;
/// Pairs in memory beyond which those at rest are forgotten, looked through once in as many messages.
const PAIRS_KEPT: usize = 4096;

/// A row with the pauses it has had.
#[derive(Debug)]
struct Waiting {
    row: OutboxRow,
    tries: u32,
}

/// Where the first row of a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Ready,
    Asleep,
    Leaving(MessageId),
}

#[derive(Debug)]
struct ConversationLane {
    rows: BTreeMap<u64, Waiting>,
    head: Head,
}

/// One customer as seen from this number.
#[derive(Debug)]
struct Pair {
    pace: Pace,
    held_until: Timestamp,
    throttles: u32,
}

/// All that leaves from one number.
#[derive(Debug)]
pub(super) struct NumberLane {
    rules: Rules,
    pace: Pace,
    pairs: HashMap<ContactId, Pair>,
    conversations: HashMap<ConversationId, ConversationLane>,
    places: HashMap<MessageId, (ConversationId, u64)>,
    /// Ready conversations: those whose first row is a person's, then those of bots.
    ready: [VecDeque<ConversationId>; 2],
    asleep: BTreeSet<(Timestamp, ConversationId)>,
    in_flight: usize,
    held_until: Timestamp,
    failures: u32,
    throttles: u32,
    settled: usize,
}

impl NumberLane {
    /// A number without rows; its pace starts with nothing saved up.
    pub(super) fn new(rules: Rules, now: Timestamp) -> Self {
        let rate = rules.number_rate_per_second.max(1);
        Self {
            rules,
            pace: Pace::empty(1_000_000 / i64::from(rate), rate / 10, now),
            pairs: HashMap::new(),
            conversations: HashMap::new(),
            places: HashMap::new(),
            ready: [VecDeque::new(), VecDeque::new()],
            asleep: BTreeSet::new(),
            in_flight: 0,
            held_until: Timestamp::from_micros(i64::MIN),
            failures: 0,
            throttles: 0,
            settled: 0,
        }
    }

    pub(super) fn insert(&mut self, row: OutboxRow, now: Timestamp) {
        let (conversation, position) = (row.conversation, row.position);
        self.places.insert(row.message, (conversation, position));
        let attempting = (row.state == OutboxState::Attempting).then_some(row.message);
        let lane = self
            .conversations
            .entry(conversation)
            .or_insert_with(|| ConversationLane {
                rows: BTreeMap::new(),
                head: Head::Asleep,
            });
        let first = lane.rows.is_empty();
        lane.rows.insert(position, Waiting { row, tries: 0 });
        match attempting {
            Some(message) => {
                lane.head = Head::Leaving(message);
                self.in_flight += 1;
            }
            None if first => self.line_up(conversation, now),
            None => {}
        }
    }

    /// Adds what may leave now to `rows`.
    pub(super) fn pick(&mut self, now: Timestamp, rows: &mut Vec<OutboxRow>) {
        self.wake(now);
        while now >= self.held_until
            && self.in_flight < self.rules.max_in_flight_per_number
            && let Some(class) = self.ready.iter().position(|queue| !queue.is_empty())
        {
            let Some(conversation) = self.ready[class].front().copied() else {
                break;
            };
            let Some(row) = self.first(conversation).map(|first| first.row.clone()) else {
                self.ready[class].pop_front();
                continue;
            };
            let pair = self.pair(row.contact);
            let pair_at = pair.pace.next_at().max(pair.held_until);
            if pair_at > now {
                self.ready[class].pop_front();
                self.sleep(conversation, pair_at);
                continue;
            }
            if !self.pace.take(now) {
                break;
            }
            self.pair(row.contact).pace.take(now);
            self.ready[class].pop_front();
            self.in_flight += 1;
            if let Some(lane) = self.conversations.get_mut(&conversation) {
                lane.head = Head::Leaving(row.message);
            }
            rows.push(row);
        }
    }

    /// When something may leave if nothing but time passes.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        let asleep = self.asleep.first().map(|(at, _)| *at);
        let ready = self.ready.iter().any(|queue| !queue.is_empty())
            && self.in_flight < self.rules.max_in_flight_per_number;
        let ready = ready.then(|| self.held_until.max(self.pace.next_at()));
        asleep.into_iter().chain(ready).min()
    }

    pub(super) fn settled(&mut self, message: MessageId, now: Timestamp) {
        let Some((conversation, position)) = self.places.remove(&message) else {
            return;
        };
        let Some(lane) = self.conversations.get_mut(&conversation) else {
            return;
        };
        lane.rows.remove(&position);
        if lane.head == Head::Leaving(message) {
            self.in_flight -= 1;
            self.line_up(conversation, now);
        }
        self.forget_pairs(now);
    }

    pub(super) fn put_back(&mut self, message: MessageId, not_before: Timestamp, now: Timestamp) {
        let Some((conversation, position)) = self.places.get(&message).copied() else {
            return;
        };
        let Some(lane) = self.conversations.get_mut(&conversation) else {
            return;
        };
        if lane.head != Head::Leaving(message) {
            return;
        }
        let Some(waiting) = lane.rows.get_mut(&position) else {
            return;
        };
        waiting.row.not_before = Some(not_before);
        waiting.row.state = OutboxState::Queued;
        let contact = waiting.row.contact;
        self.pair(contact).pace.give_back();
        self.in_flight -= 1;
        self.line_up(conversation, now);
    }

    pub(super) fn let_turn_go(&mut self, message: MessageId) {
        let Some(turn) = self.waiting(message).and_then(|waiting| waiting.row.turn) else {
            return;
        };
        let Some((conversation, _)) = self.places.get(&message) else {
            return;
        };
        let Some(lane) = self.conversations.get_mut(conversation) else {
            return;
        };
        for waiting in lane
            .rows
            .values_mut()
            .filter(|waiting| waiting.row.turn == Some(turn))
        {
            waiting.row.not_before = None;
        }
    }

    pub(super) fn answered(&mut self, message: MessageId) {
        self.failures = 0;
        self.throttles = 0;
        if let Some(contact) = self.waiting(message).map(|waiting| waiting.row.contact) {
            self.pair(contact).throttles = 0;
        }
    }

    pub(super) fn not_written(&mut self, message: MessageId, now: Timestamp) -> Timestamp {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= BREAKER_AFTER {
            self.hold(now.plus_seconds(growing(self.failures - BREAKER_AFTER)));
        }
        let Some(waiting) = self.waiting(message) else {
            return now;
        };
        let not_before = now.plus_seconds(growing(waiting.tries));
        waiting.tries = waiting.tries.saturating_add(1);
        not_before
    }

    pub(super) fn throttled(
        &mut self,
        message: MessageId,
        meta_code: i64,
        retry_after: Option<Duration>,
        now: Timestamp,
    ) -> Timestamp {
        let asked = retry_after.map_or(0, |pause| {
            i64::try_from(pause.as_secs())
                .unwrap_or(i64::MAX)
                .min(LONGEST_RETRY_AFTER)
        });
        if meta_code == PAIR_LIMIT {
            let Some(contact) = self.waiting(message).map(|waiting| waiting.row.contact) else {
                return now;
            };
            let pair = self.pair(contact);
            let until = now.plus_seconds(pair_pause(pair.throttles).max(asked));
            pair.throttles = pair.throttles.saturating_add(1);
            pair.held_until = pair.held_until.max(until);
            return until;
        }
        // Attempts that were under way together are one throttling, not many.
        let is_first = now >= self.held_until;
        let pause = match (meta_code, asked) {
            (MAINTENANCE, _) => MAINTENANCE_SECONDS.max(asked),
            (_, 0) if is_first => growing(self.throttles),
            (_, asked) => asked,
        };
        if is_first {
            self.throttles = self.throttles.saturating_add(1);
        }
        self.hold(now.plus_seconds(pause));
        self.held_until
    }

    pub(super) fn hold(&mut self, until: Timestamp) {
        self.held_until = self.held_until.max(until);
    }

    /// Puts a conversation where its first row belongs.
    fn line_up(&mut self, conversation: ConversationId, now: Timestamp) {
        let Some(first) = self.first(conversation) else {
            self.conversations.remove(&conversation);
            return;
        };
        let class = usize::from(first.row.turn.is_some());
        match first.row.not_before {
            Some(at) if at > now => self.sleep(conversation, at),
            _ => {
                self.ready[class].push_back(conversation);
                self.set_head(conversation, Head::Ready);
            }
        }
    }

    fn sleep(&mut self, conversation: ConversationId, until: Timestamp) {
        self.asleep.insert((until, conversation));
        self.set_head(conversation, Head::Asleep);
    }

    fn wake(&mut self, now: Timestamp) {
        while let Some((at, conversation)) = self.asleep.first().copied()
            && at <= now
        {
            self.asleep.pop_first();
            self.line_up(conversation, now);
        }
    }

    fn set_head(&mut self, conversation: ConversationId, head: Head) {
        if let Some(lane) = self.conversations.get_mut(&conversation) {
            lane.head = head;
        }
    }

    fn first(&self, conversation: ConversationId) -> Option<&Waiting> {
        self.conversations
            .get(&conversation)?
            .rows
            .first_key_value()
            .map(|(_, waiting)| waiting)
    }

    fn waiting(&mut self, message: MessageId) -> Option<&mut Waiting> {
        let (conversation, position) = self.places.get(&message)?;
        self.conversations
            .get_mut(conversation)?
            .rows
            .get_mut(position)
    }

    fn pair(&mut self, contact: ContactId) -> &mut Pair {
        let rules = self.rules;
        self.pairs.entry(contact).or_insert_with(|| Pair {
            pace: Pace::full(micros(rules.pair_interval), rules.pair_burst),
            held_until: Timestamp::from_micros(i64::MIN),
            throttles: 0,
        })
    }

    /// Forgets pairs at rest, when there are many.
    fn forget_pairs(&mut self, now: Timestamp) {
        self.settled = self.settled.wrapping_add(1);
        if self.pairs.len() > PAIRS_KEPT && self.settled.is_multiple_of(PAIRS_KEPT) {
            self.pairs
                .retain(|_, pair| !pair.pace.is_full(now) || pair.held_until > now);
        }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
