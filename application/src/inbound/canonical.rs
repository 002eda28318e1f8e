//! JSON in one form for ever: what has no id of its own is known again by this text.
//!
//! Dedupe keys made from it are kept for ever, so it depends on nothing that a library or one of its
//! features may change: keys are sorted here, texts and numbers are written as JSON writes them.

use std::fmt::Write as _;

use serde_json::Value;

/// The text of a value: keys in byte order, no spaces.
pub(super) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(&Value::String(name.clone()), text);
                text.push(':');
                write_value(member, text);
            }
            text.push('}');
        }
        // Writing to a String cannot fail.
        plain => drop(write!(text, "{plain}")),
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn canonical_text_is_what_stored_keys_were_made_from() {
        let body = r#"{ "b": [1, 2.50, 1e3, -7], "a": {"z": null, "é": "\u00e9\ud83d\ude00/\n"}, "c": true }"#;
        let value: serde_json::Value = serde_json::from_str(body).expect("JSON");
        let expected = "{\"a\":{\"z\":null,\"é\":\"é😀/\\n\"},\"b\":[1,2.5,1000.0,-7],\"c\":true}";
        assert_eq!(canonical(&value), expected);
    }
}
