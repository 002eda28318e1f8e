//! The one guard that every send passes, for operator, bot and API alike: asked when a message is queued
//! and again, with fresh facts, when it is about to leave.

use crate::message::{Content, limits};
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Length of the customer service window in seconds, counted from the customer's last message.
pub const WINDOW_SECONDS: i64 = 24 * 3600;
/// Seconds by which the window is taken as closed early, for the way to Meta.
pub const WINDOW_MARGIN_SECONDS: i64 = 60;

/// What the guard must know of the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumberFacts {
    /// Switched on.
    pub is_active: bool,
    /// Taken out of use.
    pub is_removed: bool,
}

/// Everything the guard decides on.
#[derive(Clone, Copy, Debug)]
pub struct SendFacts<'a> {
    /// Latest provider time of an inbound message, if any came.
    pub last_inbound_at: Option<Timestamp>,
    /// The number.
    pub number: NumberFacts,
    /// What is to be sent.
    pub content: &'a Content,
    /// Server time.
    pub now: Timestamp,
}

/// Why a message may not be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendRefusal {
    /// The customer's last message is older than the service window.
    #[error("the service window is closed")]
    WindowClosed,
    /// The number is switched off.
    #[error("the number is switched off")]
    NumberInactive,
    /// The number was removed.
    #[error("the number was removed")]
    NumberRemoved,
    /// A text is empty.
    #[error("{field} must not be empty")]
    Empty {
        /// Path of the field.
        field: String,
    },
    /// A text is too long.
    #[error("{field} has {actual} characters, {limit} are allowed")]
    TooLong {
        /// Path of the field.
        field: String,
        /// Allowed UTF-16 units.
        limit: usize,
        /// Actual UTF-16 units.
        actual: usize,
    },
    /// The number of buttons, or their ids or titles, are not acceptable.
    #[error("{field}: {problem}")]
    Invalid {
        /// Path of the field.
        field: String,
        /// What is wrong.
        problem: &'static str,
    },
}

impl Refusal for SendRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::WindowClosed => "window_closed",
            Self::NumberInactive => "number_inactive",
            Self::NumberRemoved => "number_removed",
            Self::Empty { .. } => "required",
            Self::TooLong { .. } => "text_too_long",
            Self::Invalid { .. } => "invalid_content",
        }
    }
}

/// When the window closes for sending: last inbound + 24 h - 60 s.
pub const fn window_closes_at(last_inbound_at: Timestamp) -> Timestamp {
    last_inbound_at.plus_seconds(WINDOW_SECONDS - WINDOW_MARGIN_SECONDS)
}

/// Decides whether a message may be sent now.
///
/// # Errors
/// The first rule that refuses it: number, content, window.
pub fn check(facts: &SendFacts<'_>) -> Result<(), SendRefusal> {
    if facts.number.is_removed {
        return Err(SendRefusal::NumberRemoved);
    }
    if !facts.number.is_active {
        return Err(SendRefusal::NumberInactive);
    }
    check_content(facts.content)?;
    match facts.last_inbound_at {
        Some(at) if facts.now <= window_closes_at(at) => Ok(()),
        _ => Err(SendRefusal::WindowClosed),
    }
}

/// Checks the limits of one content.
///
/// # Errors
/// The first limit it breaks.
pub fn check_content(content: &Content) -> Result<(), SendRefusal> {
    match content {
        Content::Text { body, .. } => check_text("content", body, limits::TEXT_BODY),
        Content::Buttons { body, buttons } => {
            check_text("content", body, limits::BUTTONS_BODY)?;
            if buttons.is_empty() || buttons.len() > limits::BUTTONS {
                return Err(SendRefusal::Invalid {
                    field: "buttons".to_owned(),
                    problem: "must be one to three",
                });
            }
            for (index, button) in buttons.iter().enumerate() {
                check_text(
                    &format!("buttons[{index}].title"),
                    &button.title,
                    limits::BUTTON_TITLE,
                )?;
                check_text(
                    &format!("buttons[{index}].id"),
                    &button.id,
                    limits::BUTTON_ID,
                )?;
                let repeated = buttons[..index]
                    .iter()
                    .any(|other| other.id == button.id || other.title == button.title);
                if repeated {
                    return Err(SendRefusal::Invalid {
                        field: format!("buttons[{index}]"),
                        problem: "id and title must differ from the other buttons",
                    });
                }
            }
            Ok(())
        }
        _ => Err(SendRefusal::Invalid {
            field: "message_type".to_owned(),
            problem: "this kind of message cannot be sent yet; send text",
        }),
    }
}

fn check_text(field: &str, text: &str, limit: usize) -> Result<(), SendRefusal> {
    if text.trim().is_empty() {
        return Err(SendRefusal::Empty {
            field: field.to_owned(),
        });
    }
    let actual = limits::utf16_len(text);
    if actual > limit {
        return Err(SendRefusal::TooLong {
            field: field.to_owned(),
            limit,
            actual,
        });
    }
    Ok(())
}
