//! What `append_batch_1` answers.

use application::ports::StoreError;
use application::ports::event_log::{CommitError, Committed};
use domain::time::Timestamp;

use crate::database::log::append::Outcome;

/// One row of the answer: commit (from 1), outcome, version, position, time, released item.
pub(super) type AnswerRow = (i32, String, i64, Option<i64>, Option<i64>, Option<i64>);

/// Preconditions by their names.
const PRECONDITIONS: [&str; 5] = [
    "inbox_item_open",
    "outbox_attempt",
    "outbox_queued",
    "number_exists",
    "number_has_bot",
];

/// What became of the commits of a batch.
#[derive(Debug)]
pub(super) struct Answers {
    /// One for each commit, in order.
    pub(super) outcomes: Vec<Outcome>,
    /// Highest id of an inbox item that was released for handling again.
    pub(super) released_item: Option<i64>,
}

impl Answers {
    /// Reads the rows; each commit has one.
    pub(super) fn read(rows: Vec<AnswerRow>, commits: usize) -> Result<Self, sqlx::Error> {
        let mut outcomes: Vec<Option<Outcome>> = (0..commits).map(|_| None).collect();
        let mut released_item = None;
        for row in rows {
            released_item = released_item.max(row.5);
            let slot = usize::try_from(row.0 - 1)
                .ok()
                .and_then(|index| outcomes.get_mut(index))
                .ok_or_else(|| unreadable("commit"))?;
            *slot = Some(outcome(&row)?);
        }
        let outcomes: Option<Vec<Outcome>> = outcomes.into_iter().collect();
        Ok(Self {
            outcomes: outcomes.ok_or_else(|| unreadable("a commit is missing"))?,
            released_item,
        })
    }
}

fn outcome((_, outcome, version, position, at, _): &AnswerRow) -> Result<Outcome, sqlx::Error> {
    let duplicate = match outcome.as_str() {
        "conflict" => return Ok(Err(CommitError::Conflict)),
        "ok" => false,
        "duplicate" => true,
        "lease_lost" => return Ok(Err(CommitError::Store(StoreError::LeaseLost))),
        other => {
            let name = PRECONDITIONS.into_iter().find(|name| *name == other);
            let name = name.ok_or_else(|| unreadable("outcome"))?;
            return Ok(Err(CommitError::Precondition(name)));
        }
    };
    let (Some(position), Some(at)) = (position, at) else {
        return Err(unreadable("position"));
    };
    Ok(Ok(Committed {
        version: version.cast_unsigned(),
        position: position.cast_unsigned(),
        duplicate,
        recorded_at: Timestamp::from_micros(*at),
    }))
}

fn unreadable(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("append_batch_1: {what}").into())
}

/// The outcome of a commit that the database refused or that could not be sent.
pub(super) fn unavailable(error: &sqlx::Error) -> Outcome {
    Err(CommitError::Store(StoreError::Unavailable(
        error.to_string(),
    )))
}
