//! The committed JSON Schemas: equal to the code, true of every golden file and of every line of an export.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use application::use_cases::exports::ExportedEvent;
use domain::any_event::AnyEvent;
use domain::event_catalog::{self, EventDescription};
use jsonschema::Validator;
use serde_json::Value;

use super::with_events;
use crate::support::TestApp;
use crate::tidy::{files, read, root};

/// How to write the files anew.
pub(super) const REFRESH: &str =
    "UPDATE_DOCS=1 cargo test -p tests --test it -- exports::schemas exports::dictionary";
/// The schema of a line.
const LINE: &str = "ExportedEvent.v1.json";

/// Whether files are to be written instead of compared.
#[expect(
    clippy::disallowed_methods,
    reason = "a knob of the test, no configuration of the product"
)]
pub(super) fn updates() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

fn folder() -> PathBuf {
    root().join("docs/schemas")
}

fn file_name(event: &EventDescription) -> String {
    format!("{}.v{}.json", event.event_type, event.event_version)
}

fn generated() -> BTreeMap<String, Value> {
    let events = event_catalog::events().into_iter();
    let mut all: BTreeMap<String, Value> = events
        .map(|event| (file_name(&event), event.schema))
        .collect();
    let line = event_catalog::schema_of::<ExportedEvent>();
    all.insert(LINE.to_owned(), line);
    all
}

fn validators() -> HashMap<String, Validator> {
    files(&folder(), &[".json"])
        .into_iter()
        .map(|path| {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let schema: Value = serde_json::from_str(&read(&path)).expect("JSON");
            (name, jsonschema::validator_for(&schema).expect("a schema"))
        })
        .collect()
}

#[track_caller]
fn fits(validators: &HashMap<String, Validator>, name: &str, value: &Value) {
    let validator = validators.get(name);
    let validator = validator.unwrap_or_else(|| panic!("no schema {name}"));
    if let Err(error) = validator.validate(value) {
        panic!("{name}: {error}");
    }
}

#[test]
fn every_committed_schema_is_that_of_the_code() {
    for (name, schema) in generated() {
        let path = folder().join(&name);
        if updates() {
            let text = serde_json::to_string_pretty(&schema).expect("JSON");
            std::fs::write(&path, text + "\n").expect("docs/schemas can be written");
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        let stored: Value = serde_json::from_str(&stored).unwrap_or_default();
        assert!(
            stored == schema,
            "docs/schemas/{name} is not of this code; write it anew: {REFRESH}"
        );
    }
}

#[test]
fn every_golden_file_and_example_fits_its_schema() {
    let validators = validators();
    for path in files(&root().join("domain/golden"), &[".json"]) {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let event = serde_json::from_str(&read(&path)).expect("JSON");
        fits(&validators, &name, &event);
    }
    for event in event_catalog::events() {
        fits(&validators, &file_name(&event), &event.example);
    }
}

#[test]
fn a_schema_refuses_what_the_event_is_not() {
    let validators = validators();
    for event in event_catalog::events() {
        let validator = &validators[&file_name(&event)];
        for other in [
            serde_json::json!({}),
            serde_json::json!({"NoSuchEvent": {}}),
            serde_json::json!({&event.tag: {}}),
            serde_json::json!({&event.tag: {"at": 5, "personal": {}, "$sealed": "x"}}),
        ] {
            assert!(!validator.is_valid(&other), "{}: {other}", event.event_type);
        }
    }
}

async fn exported(app: &TestApp, personal: &str) -> Vec<ExportedEvent> {
    let validators = validators();
    let text = app.get(&format!("/events?personal={personal}")).await.text;
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).expect("JSON");
            fits(&validators, LINE, &value);
            let event: ExportedEvent = serde_json::from_value(value).expect("an event");
            let schema = format!("{}.v{}.json", event.event_type, event.event_version);
            fits(&validators, &schema, &event.payload);
            event
        })
        .collect()
}

#[tokio::test]
async fn lines_fit_the_schemas_and_decode_to_the_same_events() {
    let app = with_events().await;
    let log = &app.inside().app().log;
    let recorded = log.read_after(0, 10_000).await.expect("events");
    let open = exported(&app, "open").await;
    assert_eq!(open.len(), recorded.len());
    for (exported, recorded) in open.iter().zip(&recorded) {
        let data = AnyEvent::decode(&exported.aggregate_type, exported.payload.clone(), true);
        assert_eq!(data.expect("a known event"), recorded.data);
        assert_eq!(exported.position, recorded.position);
        assert_eq!(exported.aggregate_type, recorded.stream.aggregate_type);
        assert_eq!(exported.aggregate_id, recorded.stream.id);
        assert_eq!(exported.sequence, recorded.sequence);
        assert_eq!(exported.event_type, recorded.event_type);
        assert_eq!(exported.recorded_at, recorded.recorded_at);
        assert_eq!(exported.command_id, recorded.command_id.as_uuid());
        assert_eq!(exported.metadata, recorded.metadata);
        assert_eq!(exported.subject, recorded.subject.map(|id| id.as_uuid()));
        assert_eq!(exported.lane, recorded.lane);
    }
    assert_eq!(exported(&app, "sealed").await.len(), open.len());
    // Without people an event is still one: as if its customer had been erased.
    for event in exported(&app, "pseudonym").await {
        AnyEvent::decode(&event.aggregate_type, event.payload, true).expect("a known event");
    }
}
