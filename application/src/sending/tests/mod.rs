//! The pure core of sending: order, fairness, pacing, pauses.

mod lanes;
mod pacing;
mod properties;
mod turns;

use std::time::Duration;

use domain::bot_session;
use domain::ids::{ContactId, ConversationId, MessageId, NumberId, SessionId};
use domain::time::Timestamp;
use uuid::Uuid;

use super::lanes::{Lanes, Rules};
use crate::ports::outbox::{OutboxRow, OutboxState};

/// A time far from the ends of the range.
const START: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn at(seconds: i64) -> Timestamp {
    START.plus_seconds(seconds)
}

fn rules() -> Rules {
    Rules {
        number_rate_per_second: 80,
        pair_interval: Duration::from_secs(6),
        pair_burst: 45,
        max_in_flight_per_number: 32,
    }
}

/// A bot's row at a position, of the customer with this number.
fn bot_row(position: u64, customer: u128) -> OutboxRow {
    OutboxRow {
        message: MessageId::new(Uuid::from_u128(u128::from(position))),
        number: NumberId::new(Uuid::from_u128(1)),
        conversation: ConversationId::new(Uuid::from_u128(customer)),
        contact: ContactId::new(Uuid::from_u128(customer)),
        position,
        epoch: 1,
        turn: Some((SessionId::new(Uuid::from_u128(9)), 1)),
        state: OutboxState::Queued,
        attempt: 0,
        deadline: None,
        not_before: None,
    }
}

/// A person's row.
fn person_row(position: u64, customer: u128) -> OutboxRow {
    OutboxRow {
        turn: None,
        ..bot_row(position, customer)
    }
}

/// Lanes holding these rows, made at the start.
fn lanes_of(rows: impl IntoIterator<Item = OutboxRow>) -> Lanes {
    let mut lanes = Lanes::new(rules());
    for row in rows {
        assert!(lanes.insert(row, START));
    }
    lanes
}

/// Positions picked at a time, every number being open.
fn picked(lanes: &mut Lanes, now: Timestamp) -> Vec<u64> {
    lanes
        .pick(now, |_| true)
        .iter()
        .map(|row| row.position)
        .collect()
}

/// The message at a position.
fn message(position: u64) -> MessageId {
    bot_row(position, 1).message
}

#[test]
fn a_turn_may_send_within_a_pairs_burst() {
    assert!(bot_session::SENDS_PER_TURN <= rules().pair_burst as usize);
}
