//! Golden files: one shipped example per event type and version. A difference is a change of format that
//! would make the log of an installation unreadable.

use cqrs_es::DomainEvent;

/// Compares an example with its file both ways: the file decodes to it, it encodes to the file.
pub(crate) fn check<E: DomainEvent>(event_type: &str, version: &str, event: &E) {
    assert_eq!(
        event.event_type(),
        event_type,
        "the example is of another type"
    );
    let path = format!(
        "{}/golden/{event_type}.v{version}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let expected = serde_json::to_value(event).expect("events encode");
    let pretty = serde_json::to_string_pretty(event).expect("JSON prints");
    let Ok(text) = std::fs::read_to_string(&path) else {
        panic!("{path} is missing; it should hold:\n{pretty}");
    };
    let stored: serde_json::Value = serde_json::from_str(&text).expect("golden files hold JSON");
    assert_eq!(
        stored, expected,
        "{path} differs; the event encodes to:\n{pretty}"
    );
    let decoded: E = serde_json::from_value(stored).expect("golden files decode");
    assert_eq!(&decoded, event, "{path} decodes to another event");
}
