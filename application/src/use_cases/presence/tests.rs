//! Who looks and types is shown while they say so, and no longer.

use std::sync::atomic::{AtomicI64, Ordering};

use uuid::Uuid;

use super::*;

#[derive(Debug, Default)]
struct SetClock(AtomicI64);

impl SetClock {
    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_795_000_000 + self.0.load(Ordering::SeqCst))
    }
}

fn new() -> (Arc<SetClock>, Presence) {
    let clock = Arc::new(SetClock::default());
    let presence = Presence::new(Arc::<SetClock>::clone(&clock));
    (clock, presence)
}

const fn conversation(id: u128) -> ConversationId {
    ConversationId::new(Uuid::from_u128(id))
}

const fn person(id: u128) -> TokenId {
    TokenId::new(Uuid::from_u128(id))
}

fn is_there(id: u128, is_typing: bool) -> Present {
    Present {
        person: person(id),
        is_typing,
    }
}

#[test]
fn who_falls_silent_stops_typing_and_then_is_gone() {
    let (clock, presence) = new();
    presence.look(conversation(1), person(1), true);
    presence.look(conversation(1), person(2), false);
    presence.look(conversation(2), person(3), false);
    let room = || presence.present(conversation(1));
    assert_eq!(room(), [is_there(1, true), is_there(2, false)]);
    clock.pass(TYPING_SECONDS);
    assert_eq!(room(), [is_there(1, false), is_there(2, false)]);
    presence.look(conversation(1), person(2), true);
    clock.pass(LOOKING_SECONDS - TYPING_SECONDS);
    assert_eq!(room(), [is_there(2, false)]);
    presence.leave(conversation(1), person(2));
    assert_eq!(room(), []);
}

#[test]
fn subscribers_hear_of_changes_only_and_of_silence_after_a_sweep() {
    let (clock, presence) = new();
    let mut changes = presence.subscribe();
    let mut heard = || changes.try_recv().ok();
    presence.look(conversation(1), person(1), false);
    assert_eq!(heard(), Some(conversation(1)));
    presence.look(conversation(1), person(1), false);
    presence.leave(conversation(1), person(9));
    presence.leave(conversation(7), person(1));
    presence.sweep();
    assert_eq!(heard(), None);
    presence.look(conversation(1), person(1), true);
    assert_eq!(heard(), Some(conversation(1)));
    clock.pass(TYPING_SECONDS);
    presence.sweep();
    assert_eq!(heard(), Some(conversation(1)));
    clock.pass(LOOKING_SECONDS);
    presence.sweep();
    presence.sweep();
    assert_eq!((heard(), heard()), (Some(conversation(1)), None));
}

#[test]
fn what_is_kept_is_bounded_and_nobody_is_pushed_out() {
    let (clock, presence) = new();
    for id in 0..60 {
        presence.look(conversation(1), person(id), false);
    }
    assert_eq!(presence.present(conversation(1)).len(), PEOPLE);
    presence.look(conversation(1), person(0), true);
    assert_eq!(presence.present(conversation(1))[0], is_there(0, true));
    for id in 2..=CONVERSATIONS as u128 + 5 {
        presence.look(conversation(id), person(1), false);
    }
    assert_eq!(presence.lock().len(), CONVERSATIONS);
    clock.pass(LOOKING_SECONDS);
    presence.sweep();
    assert_eq!(presence.lock().len(), 0);
}
