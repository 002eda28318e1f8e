//! Phone numbers in international form. Parsed once at the edge, never part of an id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A phone number in E.164: `+` and 7 to 15 digits. `Debug` hides all but the last two digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct E164(String);

/// Why a text is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be in international form, e.g. +79001234567")]
pub struct InvalidPhone;

impl E164 {
    /// Parses what a person typed: spaces, dashes, dots and brackets are ignored, `+` is required.
    ///
    /// # Errors
    /// [`InvalidPhone`] if no valid international number remains.
    pub fn parse(text: &str) -> Result<Self, InvalidPhone> {
        let compact: String = text
            .chars()
            .filter(|character| !matches!(character, ' ' | '-' | '(' | ')' | '.' | '\u{a0}'))
            .collect();
        let digits = compact.strip_prefix('+').ok_or(InvalidPhone)?;
        if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidPhone);
        }
        phonenumber::parse(None, &compact).map_err(|_| InvalidPhone)?;
        Ok(Self(compact))
    }

    /// Takes a wa_id as Meta writes it (digits, with or without `+`), if it has the shape of a number.
    pub fn from_wa_id(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let valid =
            (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        valid.then(|| Self(format!("+{digits}")))
    }

    /// With the leading `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the leading `+`, as Meta's wa_id.
    pub fn digits(&self) -> &str {
        self.0.strip_prefix('+').unwrap_or(&self.0)
    }
}

impl std::fmt::Debug for E164 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.0.len().saturating_sub(2);
        let tail = self.0.get(shown..).unwrap_or_default();
        write!(formatter, "E164(..{tail})")
    }
}
