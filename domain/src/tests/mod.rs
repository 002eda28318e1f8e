//! Tests of the modules that are a single file: phone, time, personal, send guard, message content; and
//! what the tests of every aggregate share.

use cqrs_es::Aggregate;

mod message;
mod personal;
mod phone;
mod send_guard;
mod time;

/// Checks that an event applied twice in a row leaves the state it left when applied once, in the given
/// order and in the reverse one, which no writer produces but `apply` must survive.
pub(crate) fn assert_repeats_change_nothing<A>(events: &[A::Event])
where
    A: Aggregate + Clone + PartialEq + std::fmt::Debug,
{
    let reversed: Vec<A::Event> = events.iter().rev().cloned().collect();
    for events in [events, reversed.as_slice()] {
        let mut state = A::default();
        for event in events {
            state.apply(event.clone());
            let once = state.clone();
            state.apply(event.clone());
            assert_eq!(state, once, "{event:?}");
        }
        let stored = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<A>(&stored).unwrap(), state);
    }
}
