//! Whatever rows, answers and pauses: order, pacing and pairs hold, and everything leaves at last.

use std::collections::{HashMap, HashSet};

use domain::time::Timestamp;
use proptest::prelude::*;

use super::{START, bot_row, person_row};
use crate::sending::lanes::Lanes;
use crate::sending::tests::rules;

/// What Meta does with a picked row.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Settled,
    Throttled(i64),
    NotWritten,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Settled),
        1 => Just(Fate::Throttled(130_429)),
        1 => Just(Fate::Throttled(131_056)),
        1 => Just(Fate::NotWritten),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_leave_in_order_within_pace_and_pair(
        rows in proptest::collection::vec((1_u128..6, any::<bool>()), 1..120),
        fates in proptest::collection::vec(fate(), 1..200),
        step in 1_000_i64..900_000,
    ) {
        let mut lanes = Lanes::new(rules());
        let mut customers = HashMap::new();
        for (index, (customer, by_person)) in rows.iter().enumerate() {
            let position = u64::try_from(index).unwrap() + 1;
            let row = if *by_person { person_row(position, *customer) } else { bot_row(position, *customer) };
            customers.insert(position, *customer);
            lanes.insert(row, START);
        }
        let mut fates = fates.into_iter().chain(std::iter::repeat(Fate::Settled));
        let (mut now, mut last, mut sent) = (START.as_micros(), HashMap::new(), Vec::new());
        for _ in 0..200_000 {
            if lanes.is_empty() {
                break;
            }
            now = lanes.next_at(|_| true).map_or(now, |at| at.as_micros().max(now)) + step;
            let at = Timestamp::from_micros(now);
            let picked = lanes.pick(at, |_| true);
            let conversations: HashSet<_> = picked.iter().map(|row| row.conversation).collect();
            prop_assert_eq!(conversations.len(), picked.len(), "two of one conversation at once");
            for row in picked {
                let customer = customers[&row.position];
                let before = last.insert(customer, row.position).unwrap_or(0);
                prop_assert!(before <= row.position, "{} left after {}", row.position, before);
                sent.push((now, customer));
                match fates.next().unwrap_or(Fate::Settled) {
                    Fate::Settled => {
                        lanes.answered(row.message);
                        lanes.settled(row.message, at);
                    }
                    Fate::Throttled(code) => {
                        let until = lanes.throttled(row.message, code, None, at);
                        prop_assert!(until > at);
                        lanes.put_back(row.message, until, at);
                    }
                    Fate::NotWritten => {
                        let until = lanes.not_written(row.message, at);
                        prop_assert!(until > at);
                        lanes.put_back(row.message, until, at);
                    }
                }
            }
        }
        prop_assert!(lanes.is_empty(), "{} rows never left", lanes.depth());
        for (first, (from, _)) in sent.iter().enumerate() {
            for (last, (to, _)) in sent.iter().enumerate().skip(first) {
                let many = i64::try_from(last - first + 1).unwrap();
                prop_assert!(many <= 8 + (to - from) / 12_500, "{many} within {} us", to - from);
            }
        }
    }

    #[test]
    fn a_pair_never_exceeds_its_burst_and_refill(rows in 1_u64..80, step in 20_000_i64..2_000_000) {
        let mut lanes = Lanes::new(rules());
        for position in 1..=rows {
            lanes.insert(bot_row(position, 1), START);
        }
        let (mut now, mut sent) = (START.as_micros(), Vec::new());
        while !lanes.is_empty() {
            now += step;
            for row in lanes.pick(Timestamp::from_micros(now), |_| true) {
                sent.push(now);
                lanes.settled(row.message, Timestamp::from_micros(now));
            }
        }
        for (first, from) in sent.iter().enumerate() {
            for (last, to) in sent.iter().enumerate().skip(first) {
                let many = i64::try_from(last - first + 1).unwrap();
                prop_assert!(many <= 45 + (to - from) / 6_000_000);
            }
        }
    }
}
