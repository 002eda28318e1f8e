//! A part of a list in either direction, each row with the cursor that leads to its neighbors.
//!
//! Beside [`crate::Page`], whose pages go one way and know the cursors of their ends only.

use crate::page::{self, CursorEpoch, InvalidCursor};

/// Which part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// Only what stands behind this cursor.
    pub after: Option<String>,
    /// Only what stands before this cursor.
    pub before: Option<String>,
    /// Rows at most.
    pub limit: usize,
    /// The last rows of what remains instead of the first.
    pub from_end: bool,
}

/// A row with its cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge<T> {
    /// Leads to the row.
    pub cursor: String,
    /// The row.
    pub row: T,
}

/// The part of a list that was asked for, in the order of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Edges<T> {
    /// The rows.
    pub edges: Vec<Edge<T>>,
    /// Whether rows stand before the first one; a cursor that was given counts as one.
    pub has_previous: bool,
    /// Whether rows stand behind the last one; a cursor that was given counts as one.
    pub has_next: bool,
}

/// A place in a list: what it is sorted by, and what decides between equals.
pub(crate) type Place<'a> = (i64, &'a str);

/// Before all rows of an ascending list.
const FIRST: Place<'static> = (i64::MIN, "");

fn place<'a>(
    epoch: CursorEpoch,
    cursor: Option<&'a str>,
    otherwise: Place<'a>,
) -> Result<Place<'a>, InvalidCursor> {
    cursor.map_or(Ok(otherwise), |cursor| page::parse(epoch, cursor))
}

impl Slice {
    /// Bounds of a descending list: rows are below the first and above the second.
    pub(crate) fn descending(
        &self,
        epoch: CursorEpoch,
    ) -> Result<(Place<'_>, Place<'_>), InvalidCursor> {
        let from = place(epoch, self.after.as_deref(), page::LAST)?;
        let to = place(epoch, self.before.as_deref(), FIRST)?;
        Ok((from, to))
    }

    /// Bounds of an ascending list: rows are above the first and below the second.
    pub(crate) fn ascending(
        &self,
        epoch: CursorEpoch,
    ) -> Result<(Place<'_>, Place<'_>), InvalidCursor> {
        let from = place(epoch, self.after.as_deref(), FIRST)?;
        let to = place(epoch, self.before.as_deref(), page::LAST)?;
        Ok((from, to))
    }

    /// The answer, from rows in the order of the statement, one more than asked for if there are more.
    pub fn edges<T>(&self, mut rows: Vec<T>, cursor: impl Fn(&T) -> String) -> Edges<T> {
        let has_more = rows.len() > self.limit;
        rows.truncate(self.limit);
        if self.from_end {
            rows.reverse();
        }
        let edges = rows
            .into_iter()
            .map(|row| Edge {
                cursor: cursor(&row),
                row,
            })
            .collect();
        let (has_previous, has_next) = if self.from_end {
            (has_more, self.before.is_some())
        } else {
            (self.after.is_some(), has_more)
        };
        Edges {
            edges,
            has_previous,
            has_next,
        }
    }
}
