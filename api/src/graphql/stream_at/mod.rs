//! The state of any stream at any position, and what the last event before it changed.
//!
//! The state is what the aggregate's own `apply` makes of the events, as the caller may see them: where
//! personal data is masked the fold is of erased events, so the state cannot hold what the events do not.

mod diff;
mod fold;
#[cfg(test)]
mod tests;

use application::cursor::Cursor;
use async_graphql::{Context, ID, Json, Object, SimpleObject};
use serde_json::Value;

use self::diff::changes;
use super::context::{app, caller};
use super::events::{Event, Sight, may_read_events, sight, stream_ref};
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// A stream at a position.
#[derive(Debug, SimpleObject)]
pub(crate) struct StreamState {
    /// The stream.
    stream: ID,
    /// How many events it had.
    version: u64,
    /// Position of its last event then.
    position: String,
    /// The cursor of that position.
    cursor: String,
    /// Whether personal data was left out because the caller may not read it.
    masked: bool,
    /// What its events make of it: the fields that the rules of the domain decide by. Fields may come and go
    /// with versions of the program; the events they are made of stay.
    state: Json<Value>,
    /// Its last event then.
    event: Event,
    /// What that event changed of the state.
    changes: Vec<StateChange>,
}

/// A part of a state that changed.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub(crate) struct StateChange {
    /// Where it stands in the state, as a JSON pointer, e.g. `/handler`.
    path: String,
    /// As it was; null where it was not there.
    before: Option<Json<Value>>,
    /// As it became; null where it went.
    after: Option<Json<Value>>,
}

/// Queries about states of the past.
#[derive(Debug, Default)]
pub(crate) struct StreamAtQueries;

#[Object]
impl StreamAtQueries {
    /// The state of a conversation (`conversation:UUID`), a run of a bot (`session:UUID`) or any other stream
    /// after the event at a position, and what its last event then changed. The position is one of the log
    /// as `Event.position` shows it, or a cursor; without one it is now. Null where the stream has no event
    /// by then or the caller may not read it.
    async fn stream_at(
        &self,
        ctx: &Context<'_>,
        stream: ID,
        position: Option<String>,
    ) -> Result<Option<StreamState>, Problem> {
        let role = caller(ctx)?.actor.role;
        may_read_events(role)?;
        let stream = stream_ref::parse("stream", &stream)?;
        let log = &app(ctx)?.log;
        let head = log.head();
        let until = match position.as_deref() {
            None => head,
            Some(text) => match text.parse::<u64>() {
                Ok(position) => position,
                Err(_) => Cursor::position_in(text, log.epoch(), head).map_err(bad_position)?,
            },
        };
        let seen = sight(role, stream.aggregate_type);
        if seen == Sight::Hidden {
            return Ok(None);
        }
        let mut events = log.read_stream(stream, 0).await?;
        events.retain(|event| event.position <= until);
        let Some(last) = events.last().cloned() else {
            return Ok(None);
        };
        let folded = fold::states(stream.aggregate_type, &events, seen)?;
        let cursor = Cursor::new(log.epoch(), last.position).to_string();
        let event = Event::seen_by(role, last.clone(), &cursor)?;
        Ok(event.map(|event| StreamState {
            stream: stream_ref::id_of(stream),
            version: last.sequence,
            position: last.position.to_string(),
            cursor,
            masked: seen == Sight::Masked,
            changes: changes(&folded.before, &folded.after),
            state: Json(folded.after),
            event,
        }))
    }
}

fn bad_position(error: application::cursor::CursorError) -> Problem {
    let field = FieldError::new(
        "position",
        error.code(),
        Text::new(
            "must be a position of this log such as 42, or one of its cursors",
            "должно быть позицией этого журнала, например 42, или его курсором",
        ),
    );
    Problem::from(error).errors(vec![field])
}
