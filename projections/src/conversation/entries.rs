//! What stands in a conversation's timeline beside its messages: notes, assignments, changes of the handler,
//! closing and reopening. Each entry has one event.

use application::ports::event_log::RecordedEvent;
use domain::conversation::{ConversationEvent, Handler, Person};
use domain::time::Timestamp;

use super::EntryRow;
use crate::fold::Fold;
use crate::message::code;
use crate::runner::ApplyError;

/// Adds the entry of an event, if it has one.
pub(super) fn entry(
    entries: &mut Fold<(String, i64), EntryRow>,
    event: &RecordedEvent,
    data: &ConversationEvent,
) -> Result<(), ApplyError> {
    let Some(made) = made(event, data)? else {
        return Ok(());
    };
    let place = event.position.cast_signed();
    let conversation = event.stream.id.to_string();
    entries.upsert((conversation.clone(), place), event, |row| {
        *row = EntryRow {
            conversation,
            place,
            ..made
        };
    });
    Ok(())
}

fn made(event: &RecordedEvent, data: &ConversationEvent) -> Result<Option<EntryRow>, ApplyError> {
    let row = |kind: &str, at: &Timestamp, actor: Option<String>| EntryRow {
        kind: kind.to_owned(),
        at: at.as_micros(),
        actor,
        ..EntryRow::default()
    };
    let who = |person: &Person| Some(person.id.to_string());
    Ok(match data {
        // A note whose text was erased says nothing any more.
        ConversationEvent::Noted { at, by, personal } => personal.open().map(|note| EntryRow {
            note: Some(note.text.clone()),
            ..row("noted", at, who(by))
        }),
        ConversationEvent::Assigned { at, to, by } => Some(EntryRow {
            subject: to.map(|person| person.to_string()),
            ..row("assigned", at, who(by))
        }),
        ConversationEvent::HandlerChanged {
            at,
            handler,
            cause,
            awaiting_people_since,
            ..
        } => {
            let (kind, subject, session) = match handler {
                Handler::Nobody => ("nobody", None, None),
                Handler::Bot { bot, session } => {
                    ("bot", Some(bot.to_string()), Some(session.to_string()))
                }
                Handler::Person(person) => ("person", who(person), None),
            };
            Some(EntryRow {
                handler: Some(kind.to_owned()),
                subject,
                session,
                cause: Some(code(cause)?),
                awaits_people: i64::from(awaiting_people_since.is_some()),
                ..row("handler_changed", at, actor(event))
            })
        }
        ConversationEvent::Closed { at, by } => Some(row("closed", at, who(by))),
        ConversationEvent::Reopened { at, by } => {
            Some(row("reopened", at, by.as_ref().and_then(who)))
        }
        _ => None,
    })
}

/// The person who caused an event that does not say so itself.
fn actor(event: &RecordedEvent) -> Option<String> {
    let token = event.metadata.actor.strip_prefix("token:")?;
    Some(token.to_owned())
}
