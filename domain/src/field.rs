//! A field that a command cannot accept: which one, why, and the limit it breaks.

use crate::message::limits;

/// Why a field is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct FieldError {
    /// Path of the field, e.g. `texts.en`.
    pub field: String,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, in English.
    pub problem: String,
    /// The limit, if it is one.
    pub limit: Option<usize>,
    /// The actual value.
    pub actual: Option<usize>,
}

impl FieldError {
    /// A text that is empty or too long.
    pub fn length(field: impl Into<String>, limit: usize, actual: usize) -> Self {
        Self {
            field: field.into(),
            code: "invalid_length",
            problem: format!("must have 1 to {limit} characters, it has {actual}"),
            limit: Some(limit),
            actual: Some(actual),
        }
    }

    /// A list with too few or too many entries.
    pub fn count(field: impl Into<String>, least: usize, limit: usize, actual: usize) -> Self {
        Self {
            field: field.into(),
            code: "invalid_count",
            problem: format!("must have {least} to {limit} entries, it has {actual}"),
            limit: Some(limit),
            actual: Some(actual),
        }
    }

    /// A value of a form that is not understood; `problem` says which form is.
    pub fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code: "invalid_value",
            problem: problem.into(),
            limit: None,
            actual: None,
        }
    }
}

/// A name or label without the spaces around it.
///
/// # Errors
/// Empty, or longer than `limit` characters.
pub fn name(field: &str, text: &str, limit: usize) -> Result<String, FieldError> {
    let text = text.trim();
    let actual = text.chars().count();
    if actual == 0 || actual > limit {
        return Err(FieldError::length(field, limit, actual));
    }
    Ok(text.to_owned())
}

/// A text that may be sent as a message, as it is.
///
/// # Errors
/// Blank, or longer than WhatsApp takes (UTF-16 units).
pub fn message_text(field: &str, text: &str) -> Result<String, FieldError> {
    let actual = limits::utf16_len(text);
    if text.trim().is_empty() || actual > limits::TEXT_BODY {
        return Err(FieldError::length(field, limits::TEXT_BODY, actual));
    }
    Ok(text.to_owned())
}
