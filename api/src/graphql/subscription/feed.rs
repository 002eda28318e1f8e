//! Following the log from a cursor: first what is there, then what comes.
//!
//! Invariant: a feed hands out every position once and in order, for it only ever asks for what follows the
//! last one. Nothing is queued for a client: it is read when it is asked for, so a slow one costs no memory.

use std::sync::Arc;
use std::time::Duration;

use application::cursor::Cursor;
use application::ports::event_log::{EventLog, RecordedEvent};
use projections::ProjectionState;

use crate::graphql::limits;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};
use crate::rest::App;

/// Events read at once.
const BATCH: usize = 256;
/// How long a feed gathers what comes before it looks, so that thousands of them do not wake for each event.
const GATHER: Duration = Duration::from_millis(20);
/// What a client may send instead of a cursor to read the whole log.
const BEGIN: &str = "begin";

/// The log from a place on.
#[derive(Debug)]
pub(super) struct Feed {
    log: Arc<dyn EventLog>,
    position: u64,
    /// It has once reached the end: from then on it must not fall far behind.
    is_live: bool,
}

impl Feed {
    /// The log after a client's cursor; without one after `default`.
    ///
    /// # Errors
    /// The cursor is not one of this log.
    pub(super) fn begin(
        log: &Arc<dyn EventLog>,
        after: Option<&str>,
        default: u64,
    ) -> Result<Self, Problem> {
        Ok(Self {
            log: Arc::clone(log),
            position: begin(log.as_ref(), after, default)?,
            is_live: false,
        })
    }

    /// The last position handed out.
    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    /// The cursor after a position.
    pub(super) fn cursor(&self, position: u64) -> String {
        Cursor::new(self.log.epoch(), position).to_string()
    }

    /// A problem that says where to go on.
    pub(super) fn ended(&self, problem: Problem, position: u64) -> Problem {
        problem.with("cursor", self.cursor(position))
    }

    /// The next events, at least one.
    ///
    /// # Errors
    /// The log failed, or the client reads too slowly; both name the cursor to go on from.
    pub(super) async fn next(&mut self) -> Result<Vec<Arc<RecordedEvent>>, Problem> {
        loop {
            let behind = self.log.head().saturating_sub(self.position);
            if self.is_live && behind > limits::FEED_LAG {
                return Err(self.ended(too_slow(behind), self.position));
            }
            let events = self
                .log
                .read_after(self.position, BATCH)
                .await
                .map_err(|error| self.ended(error.into(), self.position))?;
            if let Some(last) = events.last() {
                self.position = last.position;
                return Ok(events);
            }
            self.is_live = true;
            self.log.wait_beyond(self.position).await;
            tokio::time::sleep(GATHER).await;
        }
    }
}

/// The position that a client's cursor names.
///
/// # Errors
/// It is not a cursor of this log.
pub(in crate::graphql) fn begin(
    log: &dyn EventLog,
    after: Option<&str>,
    default: u64,
) -> Result<u64, Problem> {
    match after {
        None => Ok(default),
        Some(BEGIN) => Ok(0),
        Some(text) => Cursor::position_in(text, log.epoch(), log.reach()).map_err(|error| {
            let field = FieldError::new(
                "after",
                error.code(),
                Text::new(
                    "is not a cursor of this log; begin without one",
                    "не является курсором этого журнала; начните без него",
                ),
            );
            Problem::from(error).errors(vec![field])
        }),
    }
}

/// The position that all read models have passed.
pub(in crate::graphql) fn shown(app: &App) -> u64 {
    let builds = app.projections.list();
    let live = builds
        .iter()
        .filter(|build| build.state == ProjectionState::Live);
    live.map(|build| build.position)
        .min()
        .unwrap_or(0)
        .min(app.log.head())
}

fn too_slow(behind: u64) -> Problem {
    let limit = limits::FEED_LAG;
    Problem::new("resume_required").detail(Text::made(
        format!("the subscription is {behind} events behind, more than {limit}"),
        format!("подписка отстала на {behind} событий, это больше {limit}"),
    ))
}
