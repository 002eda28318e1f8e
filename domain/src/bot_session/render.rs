//! Fills templates. Inserted values are never looked at again, so a customer's braces stay braces.

use crate::bot::scenario::{Segment, Template};
use crate::message::limits::utf16_len;

/// What is sent where nothing is left of a text: Meta refuses empty ones.
const NOTHING: &str = "…";

/// Fills a template; unknown names become empty, what is longer than `limit` UTF-16 units is cut.
pub(super) fn value<'v>(
    template: &Template,
    limit: usize,
    lookup: impl Fn(&str) -> Option<&'v str>,
) -> String {
    let mut text = String::new();
    for segment in template.segments() {
        match segment {
            Segment::Text(literal) => text.push_str(literal),
            Segment::Variable(name) => text.push_str(lookup(name).unwrap_or("")),
        }
    }
    cut(text, limit)
}

/// Fills a template that is sent: never empty.
pub(super) fn body<'v>(
    template: &Template,
    limit: usize,
    lookup: impl Fn(&str) -> Option<&'v str>,
) -> String {
    let text = value(template, limit, lookup);
    if text.trim().is_empty() {
        NOTHING.to_owned()
    } else {
        text
    }
}

/// Cuts a text to a number of UTF-16 units without splitting a character.
pub(super) fn cut(mut text: String, limit: usize) -> String {
    if utf16_len(&text) <= limit {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find_map(|(place, character)| {
        units += character.len_utf16();
        (units > limit).then_some(place)
    });
    text.truncate(end.unwrap_or(text.len()));
    text
}
