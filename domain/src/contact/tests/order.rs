//! Evidence of who a customer is merges alike in any order and with repeats.

use proptest::prelude::*;

use super::super::Identity;
use super::{after, named};

const LABELS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn identity_of(mask: u8, value: &str) -> Identity {
    let field = |index: u8| (mask & (1 << index) != 0).then(|| format!("{value}{index}"));
    Identity {
        bsuid: field(0),
        parent_bsuid: field(1),
        wa_id: field(2),
        username: field(3),
        profile_name: field(4),
    }
}

fn shuffled(evidence: Vec<(i64, Identity)>) -> impl Strategy<Value = [Vec<(i64, Identity)>; 2]> {
    let doubled = [evidence.clone(), evidence.clone()].concat();
    Just(doubled)
        .prop_shuffle()
        .prop_map(move |other| [evidence.clone(), other])
}

/// Each value is said at one time; times may be equal.
fn distinct_values() -> impl Strategy<Value = [Vec<(i64, Identity)>; 2]> {
    let masks = prop::collection::vec((0_i64..4, 0_u8..32), 6);
    (Just(LABELS.to_vec()).prop_shuffle(), masks)
        .prop_map(|(labels, masks)| {
            labels
                .iter()
                .zip(masks)
                .map(|(label, (time, mask))| (time, identity_of(mask, label)))
                .collect()
        })
        .prop_flat_map(shuffled)
}

/// Values are said again and again until another one takes their place for good.
fn lasting_values() -> impl Strategy<Value = [Vec<(i64, Identity)>; 2]> {
    let said = prop::collection::vec((0_usize..18, 0_u8..32), 0..10);
    (Just(LABELS.to_vec()).prop_shuffle(), said)
        .prop_map(|(labels, said)| {
            said.into_iter()
                .map(|(time, mask)| {
                    (
                        i64::try_from(time).unwrap(),
                        identity_of(mask, labels[time / 3]),
                    )
                })
                .collect()
        })
        .prop_flat_map(shuffled)
}

/// Anything at all.
fn any_values() -> impl Strategy<Value = [Vec<(i64, Identity)>; 2]> {
    prop::collection::vec((0_i64..6, 0_u8..32, 0_usize..6), 0..10)
        .prop_map(|said| {
            said.into_iter()
                .map(|(time, mask, label)| (time, identity_of(mask, LABELS[label])))
                .collect()
        })
        .prop_flat_map(shuffled)
}

proptest! {
    #[test]
    fn distinct_values_merge_alike_in_any_order([one, other] in distinct_values()) {
        let (one, other) = (after(&one), after(&other));
        prop_assert_eq!(one.identity(), other.identity());
    }

    #[test]
    fn lasting_values_merge_alike_in_any_order([one, other] in lasting_values()) {
        let (one, other) = (after(&one), after(&other));
        prop_assert_eq!(one.identity(), other.identity());
    }

    #[test]
    fn the_next_complete_evidence_settles_every_history([one, other] in any_values()) {
        let newest = (99, identity_of(31, "z"));
        let (one, other) = ([one, vec![newest.clone()]].concat(), [other, vec![newest.clone()]].concat());
        let (one, other) = (after(&one), after(&other));
        prop_assert_eq!(one.identity(), &newest.1);
        prop_assert_eq!(other.identity(), &newest.1);
    }
}

/// The limit of the rule: the repeat of `A` was not worth an event, so its time is not known.
#[test]
fn a_value_between_two_equal_ones_that_comes_last_stays_until_the_next_message() {
    let late = [(1, named("A")), (5, named("A")), (3, named("B"))];
    assert_eq!(after(&late).identity(), &named("B"));
    let next = [late.as_slice(), &[(6, named("A"))]].concat();
    assert_eq!(after(&next).identity(), &named("A"));
}
