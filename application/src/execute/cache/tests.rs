//! What the cache keeps.

use std::sync::Arc;

use domain::any_event::aggregate_type;
use domain::conversation::Conversation;
use uuid::Uuid;

use super::{Cached, StateCache};
use crate::ports::event_log::{StreamId, StreamWatcher as _};

#[test]
fn older_state_never_replaces_a_newer_one() {
    let cache = StateCache::new(1_000_000);
    let stream = StreamId {
        aggregate_type: aggregate_type::CONVERSATION,
        id: Uuid::from_u128(1),
    };
    let version = || match cache.get::<Conversation>(stream) {
        Cached::Fresh(_, version) => version,
        _ => panic!("expected a fresh state"),
    };
    let state = Arc::new(Conversation::default());
    cache.put(stream, &state, 5);
    cache.put(stream, &state, 4);
    assert_eq!(version(), 5);
    cache.mark_stale(stream);
    cache.put(stream, &state, 5);
    assert_eq!(version(), 5);
    cache.put(stream, &state, 6);
    assert_eq!(version(), 6);
}

#[test]
fn what_another_node_appended_makes_a_state_stale() {
    let cache = StateCache::new(1_000_000);
    let stream = StreamId {
        aggregate_type: aggregate_type::CONVERSATION,
        id: Uuid::from_u128(1),
    };
    let is_stale = || match cache.get::<Conversation>(stream) {
        Cached::Fresh(..) => false,
        Cached::Stale(..) => true,
        Cached::Missing => panic!("expected a state"),
    };
    let state = Arc::new(Conversation::default());
    cache.put(stream, &state, 5);
    cache.seen(stream, 5);
    assert!(!is_stale(), "this node's own event");
    cache.seen(stream, 6);
    assert!(is_stale());
    let seen = cache.seen_of(stream);
    cache.put_read(stream, &state, 6, seen);
    assert!(!is_stale(), "read anew");

    let other = StreamId {
        id: Uuid::from_u128(2),
        ..stream
    };
    let seen = cache.seen_of(other);
    cache.seen(other, 1);
    cache.put_read(other, &state, 1, seen);
    assert!(
        matches!(cache.get::<Conversation>(other), Cached::Stale(..)),
        "told of while it was read"
    );
}
