//! The body of a delivery as JSON, mended where Meta's is known to be broken.
//!
//! Lone surrogate escapes, raw control characters and invalid UTF-8 become U+FFFD; NUL is taken out of
//! every text, because databases refuse it. The raw bytes stay in the inbox as they came.

use bytes::Bytes;
use serde_json::Value;

/// A delivery's body with what could be read of it.
#[derive(Clone)]
pub struct Delivery {
    body: Bytes,
    json: Option<Value>,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Delivery")
            .field("size_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Delivery {
    /// Reads a body; never fails.
    pub fn read(body: Bytes) -> Self {
        let mut json = serde_json::from_slice::<Value>(&body)
            .or_else(|_| serde_json::from_slice::<Value>(&mend(&body)))
            .ok();
        if let Some(value) = json.as_mut().filter(|_| may_hold_nul(&body)) {
            strip_nul(value);
        }
        Self { body, json }
    }

    /// The JSON, unless the body is none.
    pub(super) fn json(&self) -> Option<&Value> {
        self.json.as_ref()
    }

    /// The raw bytes.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

fn may_hold_nul(body: &[u8]) -> bool {
    // A raw NUL is no JSON, but mending makes it an escape.
    body.contains(&0) || body.windows(6).any(|window| window == b"\\u0000")
}

fn strip_nul(value: &mut Value) {
    match value {
        Value::String(text) => text.retain(|character| character != '\0'),
        Value::Array(elements) => elements.iter_mut().for_each(strip_nul),
        Value::Object(members) => {
            let old = std::mem::take(members);
            for (name, mut member) in old {
                strip_nul(&mut member);
                members.insert(name.replace('\0', ""), member);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A copy that a JSON parser takes: only texts are touched.
fn mend(body: &[u8]) -> Vec<u8> {
    let lossy = String::from_utf8_lossy(body);
    let bytes = lossy.as_bytes();
    let mut mended = Vec::with_capacity(bytes.len() + 16);
    let mut at = 0;
    let mut in_text = false;
    while let Some(&byte) = bytes.get(at) {
        let taken = match byte {
            b'"' => {
                in_text = !in_text;
                1
            }
            b'\\' if in_text => match escape_at(bytes, at) {
                Escape::Sound(length) => length,
                Escape::LoneSurrogate => {
                    mended.extend_from_slice(b"\\ufffd");
                    at += 6;
                    continue;
                }
            },
            0..=0x1f if in_text => {
                mended.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                at += 1;
                continue;
            }
            _ => 1,
        };
        mended.extend_from_slice(bytes.get(at..at + taken).unwrap_or_default());
        at += taken;
    }
    mended
}

enum Escape {
    Sound(usize),
    LoneSurrogate,
}

fn escape_at(bytes: &[u8], at: usize) -> Escape {
    match code_unit(bytes, at) {
        Some(0xd800..=0xdbff) => match code_unit(bytes, at + 6) {
            Some(0xdc00..=0xdfff) => Escape::Sound(12),
            _ => Escape::LoneSurrogate,
        },
        Some(0xdc00..=0xdfff) => Escape::LoneSurrogate,
        Some(_) => Escape::Sound(6),
        // Two bytes, so that an escaped backslash or quote is not read again. At the very end one is left.
        None => Escape::Sound(2.min(bytes.len() - at)),
    }
}

fn code_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
