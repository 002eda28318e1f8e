//! A pace: never faster than its interval beyond the burst.

use domain::time::Timestamp;
use proptest::prelude::*;

use super::{START, at};
use crate::sending::pacing::{Pace, growing, pair_pause};

const SECOND: i64 = 1_000_000;

#[test]
fn a_full_pace_gives_its_burst_at_once_and_then_one_each_interval() {
    let mut pace = Pace::full(6 * SECOND, 45);
    assert_eq!((0..60).filter(|_| pace.take(START)).count(), 45);
    assert_eq!(pace.next_at(), at(6));
    assert!(!pace.take(at(5)));
    assert!(pace.take(at(6)));
    assert!(!pace.take(at(6)));
}

#[test]
fn an_empty_pace_gives_the_first_after_one_interval() {
    let mut pace = Pace::empty(SECOND, 8, START);
    assert!(!pace.take(START));
    assert!(pace.take(at(1)));
    assert!(!pace.take(at(1)));
    assert_eq!((0..20).filter(|_| pace.take(at(100))).count(), 8);
}

#[test]
fn what_did_not_leave_is_given_back() {
    let mut pace = Pace::full(SECOND, 1);
    assert!(pace.take(START));
    pace.give_back();
    assert!(pace.take(START));
    assert!(!pace.take(START));
}

#[test]
fn a_clock_set_back_delays_by_the_burst_at_most() {
    let mut pace = Pace::full(SECOND, 2);
    assert!(pace.take(at(100_000)));
    assert!(!pace.take(START));
    assert!(pace.take(at(1)));
}

#[test]
fn a_pace_is_full_again_after_a_rest() {
    let mut pace = Pace::full(SECOND, 2);
    assert!(pace.is_full(START));
    assert!(pace.take(START));
    assert!(!pace.is_full(START));
    assert!(pace.is_full(at(1)));
}

#[test]
fn pauses_grow_up_to_a_limit() {
    assert_eq!([0, 1, 2, 5, 6, 99].map(growing), [1, 2, 4, 32, 60, 60]);
    assert_eq!(
        [0, 1, 2, 5, 6, 99].map(pair_pause),
        [1, 4, 16, 1024, 1024, 1024]
    );
}

proptest! {
    #[test]
    fn no_window_of_time_holds_more_than_burst_and_rate(
        interval in 1_000_i64..200_000,
        burst in 1_u32..50,
        steps in proptest::collection::vec(0_i64..100_000, 1..400),
    ) {
        let mut pace = Pace::full(interval, burst);
        let mut now = START.as_micros();
        let mut sent = Vec::new();
        for step in steps {
            now += step;
            if pace.take(Timestamp::from_micros(now)) {
                sent.push(now);
            }
        }
        for (first, from) in sent.iter().enumerate() {
            for (last, to) in sent.iter().enumerate().skip(first) {
                let many = i64::try_from(last - first + 1).unwrap();
                prop_assert!(many <= i64::from(burst) + (to - from) / interval);
            }
        }
    }
}
