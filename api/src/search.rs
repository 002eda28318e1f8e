//! Search texts: how long they may be. What is searched for is short, and databases refuse long patterns.

use domain::message::limits::utf16_len;

use crate::i18n::Text;
use crate::problem::FieldError;

/// Characters of a search text.
const LENGTH: usize = 200;

/// The text, if it may be searched for.
///
/// # Errors
/// It is too long.
pub(crate) fn checked(field: &str, text: Option<&str>) -> Result<Option<String>, Box<FieldError>> {
    let Some(text) = text else {
        return Ok(None);
    };
    let actual = utf16_len(text);
    if actual <= LENGTH {
        return Ok(Some(text.to_owned()));
    }
    let message = Text::made(
        format!("must have at most {LENGTH} characters"),
        format!("должно содержать не более {LENGTH} символов"),
    );
    let error = FieldError::new(field, "invalid_length", message);
    Err(Box::new(error.with_limit(LENGTH as u64, actual as u64)))
}
