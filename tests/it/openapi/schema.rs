//! Whether a value fits a schema of the description. Only what our description uses; a keyword that is not
//! known here is a finding, so that nothing passes because it was not understood. Unknown members are
//! findings too: an answer may not have more than is described.

use std::collections::BTreeSet;

use serde_json::Value;

/// Keywords that say something of a value, or nothing that could be checked.
const KNOWN: [&str; 13] = [
    "$ref",
    "type",
    "properties",
    "required",
    "items",
    "oneOf",
    "allOf",
    "enum",
    "format",
    "minimum",
    "description",
    "additionalProperties",
    "propertyNames",
];

/// Everything about a value that its schema does not say; `path` names the value.
pub(super) fn misfits(document: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    // What is referred to, or one of several, looks at the members itself.
    let is_elsewhere = schema.get("$ref").is_some() || schema.get("oneOf").is_some();
    let members = members(document, schema).filter(|_| !is_elsewhere);
    let mut findings = fit(document, schema, value, path);
    if let (Some(object), Some(members)) = (value.as_object(), members) {
        let unknown = object.keys().filter(|key| !members.contains(key.as_str()));
        findings.extend(unknown.map(|key| format!("{path}.{key} is not described")));
    }
    findings
}

/// The members that a schema describes; `None` where any name is allowed.
fn members<'a>(document: &'a Value, schema: &'a Value) -> Option<BTreeSet<&'a str>> {
    if let Some(name) = schema["$ref"].as_str() {
        return members(document, referred(document, name));
    }
    if schema.get("additionalProperties").is_some() {
        return None;
    }
    let own = schema["properties"].as_object();
    let mut all: BTreeSet<&str> = own
        .into_iter()
        .flat_map(|own| own.keys().map(String::as_str))
        .collect();
    let parts = schema["allOf"].as_array().or(schema["oneOf"].as_array());
    for part in parts.into_iter().flatten() {
        all.extend(members(document, part)?);
    }
    // A schema that says nothing of members allows all.
    (!all.is_empty()).then_some(all)
}

fn referred<'a>(document: &'a Value, name: &str) -> &'a Value {
    let place = name.trim_start_matches('#');
    let found = document.pointer(place);
    found.unwrap_or_else(|| panic!("{name} is not in the description"))
}

fn fit(document: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let Some(keywords) = schema.as_object() else {
        return Vec::new();
    };
    let mut findings: Vec<String> = keywords
        .keys()
        .filter(|key| !KNOWN.contains(&key.as_str()))
        .map(|key| format!("{path}: the keyword {key} is not known to this test"))
        .collect();
    if let Some(name) = schema["$ref"].as_str() {
        findings.extend(misfits(document, referred(document, name), value, path));
    }
    if let Some(parts) = schema["oneOf"].as_array() {
        let tried: Vec<Vec<String>> = parts
            .iter()
            .map(|part| misfits(document, part, value, path))
            .collect();
        if !tried.iter().any(Vec::is_empty) {
            findings.extend(tried.into_iter().flatten());
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        // Each part knows some of the members only.
        let part = part["$ref"]
            .as_str()
            .map_or(part, |name| referred(document, name));
        findings.extend(fit(document, part, value, path));
    }
    if !is_of_type(&schema["type"], value) {
        findings.push(format!("{path}: {value} is not {}", schema["type"]));
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        findings.push(format!("{path}: {value} is none of {choices:?}"));
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            if !object.contains_key(name) {
                findings.push(format!("{path}.{name} is required and not there"));
            }
        }
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = object.get(name) {
                findings.extend(misfits(document, inner, value, &format!("{path}.{name}")));
            }
        }
        if let Some(inner) = schema.get("additionalProperties") {
            for (name, value) in object {
                findings.extend(misfits(document, inner, value, &format!("{path}.{name}")));
            }
        }
    }
    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}[{place}]");
        findings.extend(misfits(document, &schema["items"], item, &path));
    }
    findings
}

fn is_of_type(kinds: &Value, value: &Value) -> bool {
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    match kinds {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

#[test]
fn what_does_not_fit_is_told() {
    use serde_json::json;
    let document = json!({"components": {"schemas": {
        "Named": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": ["string", "null"]},
            "of": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Named"}]},
        }},
    }}});
    let schema = json!({"type": "array", "items": {"$ref": "#/components/schemas/Named"}});
    let told = |value: Value| misfits(&document, &schema, &value, "$").len();
    assert_eq!(
        told(json!([{"name": null}, {"name": "a", "of": {"name": "b"}}])),
        0
    );
    assert_eq!(told(json!([{"name": 1}])), 1);
    assert_eq!(told(json!([{}])), 1);
    assert_eq!(told(json!([{"name": "a", "more": 1}])), 1);
    assert!(told(json!([{"name": "a", "of": {"name": 1}}])) > 0);
    assert_eq!(told(json!({"name": "a"})), 1);
}
