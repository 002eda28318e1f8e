//! Answers and statuses in any order and with repeats end in the same state.

use cqrs_es::Aggregate;
use proptest::prelude::*;

use super::super::{Delivery, DeliveryCommand as Command, Outcome, StatusKind};
use super::{STATUSES, accept, declare_unknown, reject, report};
use crate::stream::StreamAggregate;

/// Runs commands; returns the end and how many events they gave.
fn after(commands: &[Command]) -> (Delivery, usize) {
    let (mut delivery, mut count) = (Delivery::default(), 0);
    for command in commands {
        for event in delivery.decide(command).unwrap() {
            delivery.apply(event);
            count += 1;
        }
    }
    (delivery, count)
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(accept()),
        Just(reject()),
        Just(declare_unknown()),
        prop::sample::select(STATUSES.to_vec()).prop_map(report),
    ]
}

fn shuffled() -> impl Strategy<Value = [Vec<Command>; 2]> {
    prop::collection::vec(any_command(), 0..9).prop_flat_map(|commands| {
        let doubled = [commands.clone(), commands.clone()].concat();
        Just(doubled)
            .prop_shuffle()
            .prop_map(move |other| [commands.clone(), other])
    })
}

/// What must not depend on the order: taken either way is the same.
fn settled(delivery: &Delivery) -> (Outcome, Option<StatusKind>, bool, Option<&str>) {
    let outcome = match delivery.outcome() {
        Outcome::Reconciled => Outcome::Accepted,
        other => other,
    };
    (
        outcome,
        delivery.best_status(),
        delivery.is_failed(),
        delivery.wamid(),
    )
}

proptest! {
    #[test]
    fn any_order_with_repeats_ends_in_the_same_state([one, other] in shuffled()) {
        let (one, other) = (after(&one).0, after(&other).0);
        prop_assert_eq!(settled(&one), settled(&other));
    }

    #[test]
    fn a_second_run_gives_no_event_and_a_stream_stays_short([one, _] in shuffled()) {
        let (_, count) = after(&one);
        prop_assert!(count <= 8);
        prop_assert_eq!(after(&[one.clone(), one].concat()).1, count);
    }
}
