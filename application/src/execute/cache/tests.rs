//! What the cache keeps.

use std::sync::Arc;

use domain::any_event::aggregate_type;
use domain::conversation::Conversation;
use uuid::Uuid;

use super::{Cached, StateCache};
use crate::ports::event_log::StreamId;

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
