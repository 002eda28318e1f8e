//! `docs/events.md`: the dictionary of every event, made from the code and compared with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use domain::event_catalog::{self, EventDescription, SEALED_MEMBER};
use domain::personal::MEMBER;
use serde_json::{Map, Value};

use super::schemas::{REFRESH, updates};
use crate::tidy::root;

const HEAD: &str = "# The events

Every fact that Vestnik records, as `vestnik events export` and `GET /api/v1/events` hand it out. This page is made
from the code; write it anew with

```bash
REFRESH
```

A line of an export ([schema](schemas/ExportedEvent.v1.json)) holds the columns `position`, `cursor`, `aggregate_type`,
`aggregate_id`, `sequence`, `event_type`, `event_version`, `recorded_at`, `command_id`, `metadata`, `subject`, `lane` and
`payload`. A Parquet file has the same columns; `metadata` and `payload` are JSON text in it. The payload has one member,
named as the event within its aggregate; `docs/schemas/EVENT_TYPE.vEVENT_VERSION.json` describes it, also on the command
line: `vestnik events schema EVENT_TYPE`.

Fields marked *personal* tell who a customer is or what they said. `--personal` says what becomes of them:

| mode | personal fields | ids | for |
|---|---|---|---|
| `sealed` (default) | ciphertext in the member `$sealed`, as stored; worthless once the customer's key is destroyed | as stored | archives, analysts |
| `pseudonym` | removed: `\"personal\": \"erased\"`; operators' names too | those of customers become keyed hashes, the same in every export of one installation | analysts |
| `open` | plain text | as stored | admins |

Positions are dense, from 1: a gap in an export is a lost event. A cursor belongs to the epoch of the log; after a restore
old cursors are refused (`cursor_expired`) and one reads from the beginning.
";

/// The type of a field in a few words.
fn type_name(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return format!("`{}`", reference.rsplit('/').next().unwrap_or(reference));
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["allOf"].as_array()) {
        let names: Vec<String> = choices.iter().map(type_name).collect();
        return names.join(" or ");
    }
    let names: Vec<String> = match &schema["type"] {
        Value::String(name) => vec![name.clone()],
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => return "any JSON".to_owned(),
    };
    let names = names.into_iter().map(|name| match name.as_str() {
        "array" => format!("list of {}", type_name(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!(
                "texts by name, each {}",
                type_name(&schema["additionalProperties"])
            )
        }
        "string" => match schema["format"].as_str() {
            Some(format) => format!("text ({format})"),
            None => "text".to_owned(),
        },
        _ => name,
    });
    names.collect::<Vec<_>>().join(" or ")
}

fn meaning(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.replace('\n', " ").replace('|', "\\|")
}

/// The fields inside `personal`: what stands beside the mark of erasure.
fn personal_fields<'a>(fields: &'a Value, definitions: &'a Value) -> Option<&'a Value> {
    let resolve = |schema: &'a Value| match schema["$ref"].as_str() {
        Some(reference) => &definitions[reference.rsplit('/').next().unwrap_or(reference)],
        None => schema,
    };
    let personal = resolve(fields["properties"].get(MEMBER)?);
    let choices = personal["anyOf"].as_array()?;
    choices
        .iter()
        .map(resolve)
        .find(|schema| schema["properties"].is_object())
}

fn rows(out: &mut String, prefix: &str, object: &Value, is_personal: bool) {
    let none = Map::new();
    let required: BTreeSet<&str> = object["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, schema) in object["properties"].as_object().unwrap_or(&none) {
        if prefix.is_empty() && (name == MEMBER || name == SEALED_MEMBER) {
            continue;
        }
        let optional = if required.contains(name.as_str()) {
            ""
        } else {
            ", may be missing"
        };
        let mark = if is_personal { " *personal*" } else { "" };
        let _ = writeln!(
            out,
            "| `{prefix}{name}`{mark} | {}{optional} | {} |",
            type_name(schema),
            meaning(schema)
        );
    }
}

fn table(out: &mut String) {
    out.push_str("\n| field | type | meaning |\n|---|---|---|\n");
}

fn event(out: &mut String, event: &EventDescription) {
    let EventDescription {
        event_type,
        event_version,
        ..
    } = event;
    let _ = writeln!(
        out,
        "\n### {event_type}\n\n{} Version {event_version}, [schema](schemas/{event_type}.v{event_version}.json).",
        event.meaning
    );
    let fields = &event.schema["properties"][&event.tag];
    table(out);
    rows(out, "", fields, false);
    if let Some(personal) = personal_fields(fields, &event.schema["$defs"]) {
        rows(out, "personal.", personal, true);
    }
    let example = serde_json::to_string(&event.example).expect("JSON");
    let _ = writeln!(out, "\n```json\n{example}\n```");
}

/// A type that fields refer to: its fields, or its values.
fn definition(out: &mut String, name: &str, schema: &Value) {
    let _ = writeln!(out, "\n### `{name}`\n\n{}", meaning(schema));
    let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    if let Some(choices) = choices {
        out.push('\n');
        for choice in choices {
            let values = choice["enum"].as_array().into_iter().flatten();
            for value in values.chain(choice.get("const")) {
                let _ = writeln!(
                    out,
                    "- `{}` {}",
                    value.as_str().unwrap_or_default(),
                    meaning(choice)
                );
            }
            for (tag, fields) in choice["properties"].as_object().into_iter().flatten() {
                let mut names = String::new();
                for (field, schema) in fields["properties"].as_object().into_iter().flatten() {
                    let _ = write!(names, "; `{field}` {}", type_name(schema));
                }
                if names.is_empty() {
                    let _ = write!(names, "; {}", type_name(fields));
                }
                let _ = writeln!(out, "- `{{\"{tag}\": …}}` {}{names}", meaning(choice));
            }
        }
    } else if schema["properties"].is_object() {
        table(out);
        rows(out, "", schema, false);
    } else {
        let _ = writeln!(out, "\nWritten as {}.", type_name(schema));
    }
}

fn dictionary() -> String {
    let events = event_catalog::events();
    let mut out = HEAD.replace("REFRESH", REFRESH);
    let mut aggregate = "";
    let mut definitions: BTreeMap<String, Value> = BTreeMap::new();
    for one in &events {
        if one.aggregate != aggregate {
            aggregate = one.aggregate;
            let _ = writeln!(out, "\n## {aggregate}");
        }
        event(&mut out, one);
        let own = one.schema["$defs"].as_object().cloned().unwrap_or_default();
        definitions.extend(own);
    }
    out.push_str("\n## Types\n");
    for (name, schema) in &definitions {
        // What `personal` holds is shown with its event.
        if !name.starts_with("Personal") {
            definition(&mut out, name, schema);
        }
    }
    out
}

#[test]
fn the_dictionary_is_that_of_the_code() {
    let path = root().join("docs/events.md");
    let expected = dictionary();
    if updates() {
        std::fs::write(&path, &expected).expect("docs/events.md can be written");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == expected,
        "docs/events.md is not of this code; write it anew: {REFRESH}"
    );
}

#[test]
fn every_field_has_a_meaning() {
    let mut findings = Vec::new();
    for event in event_catalog::events() {
        let fields = &event.schema["properties"][&event.tag]["properties"];
        for (name, schema) in fields.as_object().into_iter().flatten() {
            if meaning(schema).is_empty() {
                findings.push(format!("{}.{name}", event.event_type));
            }
        }
    }
    crate::tidy::report("every field of an event has a doc comment", &findings);
}
