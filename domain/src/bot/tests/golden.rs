//! The format of every event, as installations keep it.

use super::*;
use crate::golden::check;

#[test]
fn every_event_keeps_its_format() {
    let examples = [
        created(),
        saved(1, "a"),
        published(1, "a"),
        BotEvent::Bound {
            at: at(3),
            numbers: vec![number(1)],
        },
        BotEvent::Activated { at: at(4) },
        BotEvent::Deactivated { at: at(5) },
    ];
    assert_eq!(examples.len(), Bot::EVENT_TYPES.len());
    for (event, event_type) in examples.iter().zip(Bot::EVENT_TYPES) {
        check(event_type, "1", event);
    }
}
