//! Which row leaves next, and what makes it wait.

use std::time::Duration;

use domain::ids::NumberId;
use domain::time::Timestamp;
use uuid::Uuid;

use super::{START, at, bot_row, lanes_of, message, person_row, picked};
use crate::ports::outbox::{OutboxRow, OutboxState};

/// Nothing is picked.
const NONE: [u64; 0] = [];
/// Enough time for the number's pace to have its burst.
const READY: i64 = 10;

#[test]
fn only_the_head_of_a_conversation_leaves_until_it_is_settled() {
    let mut lanes = lanes_of([bot_row(1, 1), bot_row(2, 1), bot_row(3, 1)]);
    assert_eq!(picked(&mut lanes, at(READY)), [1]);
    assert_eq!(picked(&mut lanes, at(READY)), NONE);
    lanes.settled(message(1), at(READY));
    assert_eq!(picked(&mut lanes, at(READY)), [2]);
    lanes.settled(message(2), at(READY));
    assert_eq!(picked(&mut lanes, at(READY)), [3]);
    lanes.settled(message(3), at(READY));
    assert!(lanes.is_empty());
}

#[test]
fn row_taken_in_while_held_leaves_once_its_turn_is_let_go() {
    let held = OutboxRow {
        not_before: Some(at(READY + 60)),
        ..bot_row(2, 1)
    };
    let mut lanes = lanes_of([bot_row(1, 1), held]);
    assert_eq!(picked(&mut lanes, at(READY)), [1]);
    lanes.let_turn_go(message(1));
    lanes.settled(message(1), at(READY));
    assert_eq!(picked(&mut lanes, at(READY)), [2]);
}

#[test]
fn rows_of_persons_go_before_rows_of_bots() {
    let mut lanes = lanes_of([
        bot_row(1, 1),
        bot_row(2, 2),
        person_row(3, 3),
        person_row(4, 4),
    ]);
    assert_eq!(picked(&mut lanes, at(READY)), [3, 4, 1, 2]);
}

#[test]
fn a_persons_row_stays_behind_the_bots_row_of_its_own_conversation() {
    let mut lanes = lanes_of([bot_row(1, 1), person_row(2, 1)]);
    assert_eq!(picked(&mut lanes, at(READY)), [1]);
}

#[test]
fn whoever_was_served_goes_to_the_end() {
    let mut lanes = lanes_of(
        [1, 1, 2, 2, 3]
            .into_iter()
            .zip(1..)
            .map(|(who, at)| bot_row(at, who)),
    );
    let mut order = Vec::new();
    while !lanes.is_empty() {
        let rows = lanes.pick(at(READY), |_| true);
        assert!(!rows.is_empty());
        for row in rows {
            order.push(row.position);
            lanes.settled(row.message, at(READY));
        }
    }
    assert_eq!(order, [1, 3, 5, 2, 4]);
}

#[test]
fn the_number_starts_with_nothing_saved_up() {
    let mut lanes = lanes_of((1..=20).map(|position| bot_row(position, u128::from(position))));
    assert_eq!(picked(&mut lanes, START), NONE);
    assert_eq!(lanes.next_at(|_| true).unwrap().micros_since(START), 12_500);
    assert_eq!(picked(&mut lanes, at(READY)).len(), 8);
    assert_eq!(picked(&mut lanes, at(READY + 1)).len(), 8);
}

#[test]
fn no_more_than_the_allowed_attempts_are_under_way() {
    let mut lanes = lanes_of((1..=50).map(|position| bot_row(position, u128::from(position))));
    let all: Vec<u64> = (0..50)
        .flat_map(|second| picked(&mut lanes, at(second)))
        .collect();
    assert_eq!(all.len(), 32);
    lanes.settled(message(all[0]), at(51));
    assert_eq!(picked(&mut lanes, at(51)).len(), 1);
}

#[test]
fn a_customer_beyond_the_burst_waits_and_blocks_nobody() {
    let mut lanes = lanes_of((1..=46).map(|position| bot_row(position, 1)));
    // The number's own pace needs time that the pair's hardly notices.
    let moment = |position: u64| {
        let micros = at(READY).as_micros() + i64::try_from(position).unwrap() * 12_500;
        Timestamp::from_micros(micros)
    };
    for position in 1..=45 {
        assert_eq!(picked(&mut lanes, moment(position)), [position]);
        lanes.settled(message(position), moment(position));
    }
    assert_eq!(picked(&mut lanes, moment(46)), NONE);
    assert!(lanes.insert(bot_row(100, 2), moment(46)));
    assert_eq!(picked(&mut lanes, moment(46)), [100]);
    assert_eq!(picked(&mut lanes, at(READY + 5)), NONE);
    assert_eq!(picked(&mut lanes, at(READY + 7)), [46]);
}

#[test]
fn a_throttled_pair_waits_while_others_leave() {
    let mut lanes = lanes_of([bot_row(1, 1), bot_row(2, 1), bot_row(3, 2)]);
    assert_eq!(picked(&mut lanes, at(READY)), [1, 3]);
    let until = lanes.throttled(message(1), 131_056, None, at(READY));
    assert_eq!(until, at(READY + 1));
    lanes.put_back(message(1), until, at(READY));
    assert!(lanes.insert(bot_row(4, 3), at(READY)));
    assert_eq!(picked(&mut lanes, at(READY)), [4]);
    assert_eq!(lanes.next_at(|_| true), Some(until));
    assert_eq!(picked(&mut lanes, until), [1]);
    assert_eq!(
        lanes.throttled(message(1), 131_056, None, until),
        until.plus_seconds(4)
    );
    lanes.answered(message(1));
    assert_eq!(
        lanes.throttled(message(1), 131_056, None, until),
        until.plus_seconds(1)
    );
}

#[test]
fn a_throttled_number_waits_longer_each_time() {
    let mut lanes = lanes_of([bot_row(1, 1), bot_row(2, 2)]);
    assert_eq!(picked(&mut lanes, at(READY)), [1, 2]);
    let until = lanes.throttled(message(1), 130_429, None, at(READY));
    assert_eq!(until, at(READY + 1));
    assert_eq!(
        lanes.throttled(message(2), 130_429, None, at(READY)),
        until,
        "throttled together"
    );
    lanes.put_back(message(1), until, at(READY));
    lanes.put_back(message(2), until, at(READY));
    assert_eq!(picked(&mut lanes, at(READY)), NONE);
    assert_eq!(picked(&mut lanes, until).len(), 2);
    assert_eq!(
        lanes.throttled(message(1), 80_007, None, until),
        until.plus_seconds(2)
    );
    assert_eq!(
        lanes.throttled(message(2), 131_057, None, until),
        until.plus_seconds(60)
    );
}

#[test]
fn retry_after_is_honored() {
    let mut lanes = lanes_of([bot_row(1, 1)]);
    assert_eq!(picked(&mut lanes, at(READY)), [1]);
    let pause = Some(Duration::from_secs(17));
    assert_eq!(
        lanes.throttled(message(1), 429, pause, at(READY)),
        at(READY + 17)
    );
}

#[test]
fn messages_that_were_not_written_wait_longer_and_then_the_number_does() {
    let mut lanes = lanes_of([bot_row(1, 1), bot_row(2, 2)]);
    assert_eq!(picked(&mut lanes, at(READY)), [1, 2]);
    assert_eq!(lanes.not_written(message(1), at(READY)), at(READY + 1));
    assert_eq!(lanes.not_written(message(1), at(READY)), at(READY + 2));
    lanes.put_back(message(2), at(READY), at(READY));
    assert_eq!(
        picked(&mut lanes, at(READY)),
        [2],
        "two failures hold nobody else"
    );
    lanes.not_written(message(2), at(READY));
    lanes.put_back(message(2), at(READY), at(READY));
    assert_eq!(picked(&mut lanes, at(READY)), NONE, "three do");
    assert_eq!(picked(&mut lanes, at(READY + 1)), [2]);
}

#[test]
fn not_before_is_kept_across_a_restart() {
    let mut lanes = lanes_of([OutboxRow {
        not_before: Some(at(30)),
        ..bot_row(1, 1)
    }]);
    assert_eq!(picked(&mut lanes, at(29)), NONE);
    assert_eq!(lanes.next_at(|_| true), Some(at(30)));
    assert_eq!(picked(&mut lanes, at(30)), [1]);
}

#[test]
fn an_attempt_of_an_earlier_run_holds_its_conversation() {
    let begun = OutboxRow {
        state: OutboxState::Attempting,
        attempt: 1,
        ..bot_row(1, 1)
    };
    let mut lanes = lanes_of([begun, bot_row(2, 1), bot_row(3, 2)]);
    assert_eq!(picked(&mut lanes, at(READY)), [3]);
    lanes.settled(message(1), at(READY));
    assert_eq!(picked(&mut lanes, at(READY)), [2]);
}

#[test]
fn a_closed_number_waits_while_others_send() {
    let other = NumberId::new(Uuid::from_u128(2));
    let mut lanes = lanes_of([
        bot_row(1, 1),
        OutboxRow {
            number: other,
            ..bot_row(2, 2)
        },
    ]);
    let rows = lanes.pick(at(READY), |number| number == other);
    assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), [2]);
    assert_eq!(picked(&mut lanes, at(READY)), [1]);
}

#[test]
fn a_row_is_taken_in_once() {
    let mut lanes = lanes_of([bot_row(1, 1)]);
    assert!(!lanes.insert(bot_row(1, 1), START));
    assert_eq!(lanes.depth(), 1);
    assert_eq!(picked(&mut lanes, at(READY)), [1]);
    assert_eq!(picked(&mut lanes, at(READY)), NONE);
}

#[test]
fn a_row_that_was_put_back_keeps_its_place() {
    let mut lanes = lanes_of([bot_row(1, 1), bot_row(2, 1)]);
    assert_eq!(picked(&mut lanes, at(READY)), [1]);
    lanes.put_back(message(1), at(READY + 5), at(READY));
    assert_eq!(picked(&mut lanes, at(READY + 4)), NONE);
    assert_eq!(picked(&mut lanes, at(READY + 5)), [1]);
}
