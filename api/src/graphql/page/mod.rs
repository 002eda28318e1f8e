//! Relay pages: arguments, opaque cursors, connections.
//!
//! A cursor names the list it belongs to and its version, so one of another list is refused, not
//! misunderstood. Keyset only: nothing counts rows to skip.

use async_graphql::OutputType;
use async_graphql::connection::{Connection, Edge};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use projections::{Edges, InvalidCursor, ProjectionError, Slice};

use super::limits::{PAGE_DEFAULT, PAGE_MAX};
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// Grows when the meaning of cursors changes.
const VERSION: u32 = 1;

/// The arguments of a page as they came.
#[derive(Clone, Debug, Default)]
pub(super) struct PageArguments {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

/// A list whose cursors are told apart by its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct List(pub(super) &'static str);

/// How many rows a field with these arguments counts as.
pub(super) fn page_cost(first: Option<i32>, last: Option<i32>) -> usize {
    let asked = first.or(last).and_then(|asked| usize::try_from(asked).ok());
    asked.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX)
}

impl PageArguments {
    /// The part of the list that is asked for.
    ///
    /// # Errors
    /// A figure out of range, both figures at once, or a cursor of another list.
    pub(super) fn slice(self, list: List) -> Result<Slice, Problem> {
        if self.first.is_some() && self.last.is_some() {
            return Err(invalid(
                "last",
                "first_and_last",
                Text::new(
                    "must not be given together with first",
                    "не должно задаваться вместе с first",
                ),
            ));
        }
        let limit = match self.last {
            Some(last) => limit("last", Some(last))?,
            None => limit("first", self.first)?,
        };
        Ok(Slice {
            after: list.open("after", self.after)?,
            before: list.open("before", self.before)?,
            limit,
            from_end: self.last.is_some(),
        })
    }
}

/// How many rows are asked for.
///
/// # Errors
/// A figure out of range.
pub(super) fn limit(argument: &str, asked: Option<i32>) -> Result<usize, Problem> {
    let Some(asked) = asked else {
        return Ok(PAGE_DEFAULT);
    };
    usize::try_from(asked)
        .ok()
        .filter(|limit| (1..=PAGE_MAX).contains(limit))
        .ok_or_else(|| page_size(argument, asked))
}

impl List {
    fn seal(self, place: &str) -> String {
        let json = serde_json::json!([VERSION, self.0, place]).to_string();
        URL_SAFE_NO_PAD.encode(json)
    }

    fn open(self, argument: &str, cursor: Option<String>) -> Result<Option<String>, Problem> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let parts = bytes.and_then(|bytes| {
            let parts: (u32, String, String) = serde_json::from_slice(&bytes).ok()?;
            Some(parts)
        });
        match parts {
            Some((VERSION, list, place)) if list == self.0 => Ok(Some(place)),
            _ => Err(invalid_cursor(argument)),
        }
    }

    /// A connection of rows.
    pub(super) fn connection<T, N: OutputType>(
        self,
        edges: Edges<T>,
        node: impl Fn(T) -> N,
    ) -> Connection<String, N> {
        let mut connection = Connection::new(edges.has_previous, edges.has_next);
        connection.edges.extend(
            edges
                .edges
                .into_iter()
                .map(|edge| Edge::new(self.seal(&edge.cursor), node(edge.row))),
        );
        connection
    }
}

/// What reading a page answers; a place inside a cursor that no row has is a bad cursor.
pub(super) fn read_page<T>(result: Result<T, ProjectionError>) -> Result<T, Problem> {
    result.map_err(|error| match error {
        ProjectionError::Cursor(InvalidCursor::Unreadable) => invalid_cursor("after"),
        ProjectionError::Cursor(InvalidCursor::OldEpoch) => invalid(
            "after",
            "cursor_expired",
            Text::new(
                "is a cursor of before this installation was restored; begin without one",
                "выдан до восстановления из резервной копии; начните без него",
            ),
        ),
        other => other.into(),
    })
}

fn invalid_cursor(argument: &str) -> Problem {
    invalid(
        argument,
        "invalid_cursor",
        Text::new(
            "is not a cursor of this list; begin without one",
            "не является курсором этого списка; начните без него",
        ),
    )
}

fn page_size(argument: &str, asked: i32) -> Problem {
    let message = Text::made(
        format!("must be from 1 to {PAGE_MAX}"),
        format!("должно быть от 1 до {PAGE_MAX}"),
    );
    let actual = u64::try_from(asked).unwrap_or(0);
    let error = FieldError::new(argument, "invalid_page_size", message);
    Problem::invalid(vec![error.with_limit(PAGE_MAX as u64, actual)])
}

fn invalid(argument: &str, code: &str, message: Text) -> Problem {
    Problem::invalid(vec![FieldError::new(argument, code, message)])
}

#[cfg(test)]
mod tests;
