//! What a condition node asks of the last input. Case never counts, in any script.

use regex::{Regex, RegexBuilder};

/// Bytes that a compiled expression may take.
const REGEX_BYTES: usize = 1 << 20;

/// A test of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// The text has this in it (kept in lower case, as in the next three).
    Contains(String),
    /// The text is this, spaces around it aside.
    Equals(String),
    /// The text starts with this.
    StartsWith(String),
    /// The text ends with this.
    EndsWith(String),
    /// The expression matches somewhere in the text.
    Regex(Pattern),
}

impl Test {
    /// Whether a text passes.
    pub fn holds(&self, text: &str) -> bool {
        let text = text.trim();
        match self {
            Self::Contains(value) => text.to_lowercase().contains(value.as_str()),
            Self::Equals(value) => text.to_lowercase() == *value,
            Self::StartsWith(value) => text.to_lowercase().starts_with(value.as_str()),
            Self::EndsWith(value) => text.to_lowercase().ends_with(value.as_str()),
            Self::Regex(pattern) => pattern.0.is_match(text),
        }
    }
}

/// A compiled expression; two are equal if they are written alike.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles an expression; case does not count.
    ///
    /// # Errors
    /// The expression is not valid or too large.
    pub fn compile(source: &str) -> Result<Self, regex::Error> {
        RegexBuilder::new(source)
            .case_insensitive(true)
            .size_limit(REGEX_BYTES)
            .build()
            .map(Self)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}
