//! A place in the log as clients see it: an opaque text that holds the log's epoch and a position.
//!
//! Invariant: a cursor is good for the epoch it was made in. A restored installation begins a new epoch, and
//! positions of the old one mean other events there. Absent on purpose: secrecy, a position tells nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// Says how the rest is written; another form gets another letter.
const VERSION: &str = "1";
/// Longer than any cursor: what is longer is refused unread.
const MAX_CHARS: usize = 128;

/// After which event to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The epoch of the log.
    pub epoch: Uuid,
    /// The position of the last event seen; 0 is the beginning.
    pub position: u64,
}

/// Why a cursor cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not made by this program, or beyond the end of its log.
    #[error("the cursor is not one of this server; begin without one")]
    Unreadable,
    /// Made before the installation was restored, or by another one.
    #[error("the cursor belongs to another epoch of the log; read again from the beginning")]
    OtherEpoch,
}

impl CursorError {
    /// The code of the problem, as the catalog lists it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "invalid_cursor",
            Self::OtherEpoch => "cursor_expired",
        }
    }
}

impl Cursor {
    /// The place after an event of a log.
    pub const fn new(epoch: Uuid, position: u64) -> Self {
        Self { epoch, position }
    }

    /// Reads a client's cursor against the log it is meant for, and answers the position.
    ///
    /// # Errors
    /// [`CursorError`].
    pub fn position_in(text: &str, epoch: Uuid, head: u64) -> Result<u64, CursorError> {
        let cursor: Self = text.parse()?;
        if cursor.epoch != epoch {
            return Err(CursorError::OtherEpoch);
        }
        if cursor.position > head {
            return Err(CursorError::Unreadable);
        }
        Ok(cursor.position)
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plain = format!("{VERSION}:{}:{}", self.epoch.simple(), self.position);
        formatter.write_str(&URL_SAFE_NO_PAD.encode(plain))
    }
}

impl std::str::FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let cursor = decode(text).ok_or(CursorError::Unreadable)?;
        // One place has one text, so that clients may compare cursors.
        if cursor.to_string() == text {
            Ok(cursor)
        } else {
            Err(CursorError::Unreadable)
        }
    }
}

fn decode(text: &str) -> Option<Cursor> {
    if text.len() > MAX_CHARS {
        return None;
    }
    let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (version, rest) = plain.split_once(':')?;
    let (epoch, position) = rest.split_once(':')?;
    if version != VERSION {
        return None;
    }
    Some(Cursor::new(
        Uuid::parse_str(epoch).ok()?,
        position.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests;
