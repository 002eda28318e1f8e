//! Tolerant reading of Meta's JSON: a missing or odd member is `None`, never an error.

use serde_json::Value;

/// A string, or an integer written as a number: Meta's ids come as both.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// [`text`] of a member, `None` if it is empty.
pub(super) fn member(value: &Value, name: &str) -> Option<String> {
    text(value.get(name)?).filter(|text| !text.is_empty())
}

/// A whole number, written as a number or as a string.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
        _ => None,
    }
}

/// A finite number, written as a number or as a string.
pub(super) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    number.is_finite().then_some(number)
}

/// Whether a member is `true`.
pub(super) fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// The elements of a member that is an array; none if it is anything else.
pub(super) fn elements<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The member if it is an object.
pub(super) fn object<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|member| member.is_object())
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(number: f64) -> Option<i64> {
    (number.is_finite() && number.abs() < 9e15).then_some(number as i64)
}
