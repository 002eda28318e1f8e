//! Keyset pages: a cursor names the last row seen, so pages have no gaps and repeat nothing.
//!
//! A cursor holds for one epoch of the log: after a restore it is refused, not read on from.

use uuid::Uuid;

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub items: Vec<T>,
    /// Cursor of the page before the first item, if there is one.
    pub previous: Option<String>,
    /// Cursor of the page after the last item, if there is one.
    pub next: Option<String>,
}

/// A cursor that cannot be read on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCursor {
    /// This server did not make it.
    #[error("the cursor is not one that this server made: begin without a cursor")]
    Unreadable,
    /// The installation was restored since: positions and times behind it mean other rows now.
    #[error("the cursor is of before this installation was restored: begin without a cursor")]
    OldEpoch,
}

/// Marks cursors with the log's epoch, of which the random end is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CursorEpoch(u32);

impl From<Uuid> for CursorEpoch {
    fn from(epoch: Uuid) -> Self {
        let [.., a, b, c, d] = epoch.into_bytes();
        Self(u32::from_be_bytes([a, b, c, d]))
    }
}

/// Writes a cursor.
pub(crate) fn cursor(epoch: CursorEpoch, sort_at: i64, tie: &str) -> String {
    format!("{:08x}-{:x}-{tie}", epoch.0, sort_at.cast_unsigned())
}

/// Reads a cursor of this epoch.
pub(crate) fn parse(epoch: CursorEpoch, cursor: &str) -> Result<(i64, &str), InvalidCursor> {
    let number = |text: &str| u64::from_str_radix(text, 16).map_err(|_| InvalidCursor::Unreadable);
    let (of, rest) = cursor.split_once('-').ok_or(InvalidCursor::Unreadable)?;
    let (sort_at, tie) = rest.split_once('-').ok_or(InvalidCursor::Unreadable)?;
    // PostgreSQL takes no NUL.
    if of.len() != 8 || tie.contains('\0') {
        return Err(InvalidCursor::Unreadable);
    }
    let (of, sort_at) = (number(of)?, number(sort_at)?);
    if of != u64::from(epoch.0) {
        return Err(InvalidCursor::OldEpoch);
    }
    Ok((sort_at.cast_signed(), tie))
}

/// Before which every row of a descending list stands: beyond all times, after all uuids.
pub(crate) const LAST: (i64, &str) = (i64::MAX, "~");

/// One row more than asked for tells whether there is a next page.
pub(crate) fn one_more(limit: usize) -> i64 {
    i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX)
}

/// Takes the extra row away; the cursor of the last row that stays, if there was an extra one.
pub(crate) fn cut<T>(
    items: &mut Vec<T>,
    limit: usize,
    cursor: impl Fn(&T) -> String,
) -> Option<String> {
    let has_more = items.len() > limit;
    items.truncate(limit);
    items.last().filter(|_| has_more).map(cursor)
}

#[cfg(test)]
mod tests;
