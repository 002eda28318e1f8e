//! What differs between two states.

use async_graphql::Json;
use serde_json::{Value, json};

use super::StateChange;
use super::diff::changes;

fn change(path: &str, before: Option<Value>, after: Option<Value>) -> StateChange {
    StateChange {
        path: path.to_owned(),
        before: before.map(Json),
        after: after.map(Json),
    }
}

#[test]
fn only_what_differs_is_named_by_its_path() {
    let before = json!({"handler": "nobody", "epoch": 1, "of": {"a/b": 1, "gone": true}});
    let after = json!({"handler": {"person": 7}, "epoch": 1, "of": {"a/b": 2}, "new": [1]});
    assert_eq!(
        changes(&before, &after),
        [
            change(
                "/handler",
                Some(json!("nobody")),
                Some(json!({"person": 7}))
            ),
            change("/new", None, Some(json!([1]))),
            change("/of/a~1b", Some(json!(1)), Some(json!(2))),
            change("/of/gone", Some(json!(true)), None),
        ]
    );
    assert_eq!(changes(&after, &after), []);
}

#[test]
fn the_first_event_makes_every_field() {
    let after = json!({"epoch": 0, "parties": null});
    let made = changes(&Value::Null, &after);
    let paths: Vec<&str> = made.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["/epoch", "/parties"]);
}
