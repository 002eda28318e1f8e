//! Golden files: the stored form of every event type, written once and never changed.
//!
//! They are the one proof of marshaling: each file decodes to the example event and the event encodes to
//! the file again. A changed form is a new version with a file of its own, never an edited file. Nothing
//! here writes files: a mismatch prints the expected JSON.

use std::collections::BTreeSet;
use std::path::PathBuf;

use cqrs_es::DomainEvent;
use serde_json::Value;

/// What the event types of each aggregate begin with.
const PREFIXES: [&str; 11] = [
    "ApiToken",
    "Bot",
    "BotSession",
    "Contact",
    "Conversation",
    "Deal",
    "Delivery",
    "Number",
    "QuickReply",
    "SavedView",
    "Settings",
];

/// Begins the line of an event's doc comment that shows its JSON.
const DOC_EXAMPLE: &str = "/// Example: `";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/golden"))
}

/// Checks one event against the golden file of its type and version.
pub(crate) fn check<E: DomainEvent>(event_type: &str, version: &str, event: &E) {
    assert_eq!(event.event_type(), event_type);
    assert_eq!(event.event_version(), version);
    let path = folder().join(format!("{event_type}.v{version}.json"));
    let expected = serde_json::to_string_pretty(event).unwrap();
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    let value: Value = serde_json::from_str(&stored).unwrap_or_default();
    assert!(
        value == serde_json::to_value(event).unwrap(),
        "{} should hold:\n{expected}\n",
        path.display(),
    );
    assert_eq!(serde_json::from_str::<E>(&stored).unwrap(), *event);
    assert_eq!(serde_json::from_value::<E>(value).unwrap(), *event);
}

/// Checks one example of every event of an aggregate: its golden file, its doc comment (`source` is the
/// text of `event.rs`), and that event types, examples and files of the newest version are the same set.
pub(crate) fn check_all<E: DomainEvent>(
    prefix: &str,
    event_types: &[&str],
    examples: &[E],
    source: &str,
) {
    for event in examples {
        check(&event.event_type(), &event.event_version(), event);
    }
    let declared: BTreeSet<String> = event_types.iter().map(|&name| name.to_owned()).collect();
    let shown: BTreeSet<String> = examples.iter().map(DomainEvent::event_type).collect();
    assert_eq!(declared, shown, "EVENT_TYPES and the examples differ");
    assert_eq!(
        declared,
        stored_types(prefix),
        "EVENT_TYPES and the golden files differ"
    );

    let documented: Vec<Value> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix(DOC_EXAMPLE)?.strip_suffix('`'))
        .map(|json| serde_json::from_str(json).unwrap())
        .collect();
    let encoded: Vec<Value> = examples
        .iter()
        .map(|event| serde_json::to_value(event).unwrap())
        .collect();
    assert_eq!(
        documented, encoded,
        "the doc comments show other examples, or in another order"
    );
}

/// Event types with a golden file whose name begins with `prefix` and with no longer prefix.
fn stored_types(prefix: &str) -> BTreeSet<String> {
    std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter_map(|name| name.split('.').next().map(str::to_owned))
        .filter(|name| {
            let owner = PREFIXES
                .iter()
                .filter(|candidate| name.starts_with(**candidate))
                .max_by_key(|candidate| candidate.len());
            owner == Some(&prefix)
        })
        .collect()
}
