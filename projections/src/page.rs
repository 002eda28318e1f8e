//! Keyset pages: a cursor names the last row seen, so pages have no gaps and repeat nothing.

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

/// A cursor that this server did not make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that this server made: begin without a cursor")]
pub struct InvalidCursor;

/// Writes a cursor.
pub(crate) fn cursor(sort_at: i64, tie: &str) -> String {
    format!("{:x}-{tie}", sort_at.cast_unsigned())
}

/// Reads a cursor.
pub(crate) fn parse(cursor: &str) -> Result<(i64, &str), InvalidCursor> {
    let (sort_at, tie) = cursor.split_once('-').ok_or(InvalidCursor)?;
    let sort_at = u64::from_str_radix(sort_at, 16).map_err(|_| InvalidCursor)?;
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
