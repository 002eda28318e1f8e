//! Reads what stands in a conversation's timeline beside its messages.

use domain::ids::{BotId, ConversationId, SessionId};
use domain::time::Timestamp;
use infrastructure::database::db::{Row, Statement, query};
use uuid::Uuid;

use super::HandlerView;
use crate::page::{self, Page};
use crate::person;
use crate::reads::{Reads, id, opt_id, time};
use crate::runner::ProjectionError;
use crate::slice::{Edges, Slice};

/// An entry of the timeline that is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryView {
    /// When.
    pub at: Timestamp,
    /// Who did it; none: a bot, the customer or the installation.
    pub actor: Option<PersonName>,
    /// What.
    pub kind: EntryKind,
    /// Its place in the log.
    pub position: u64,
}

/// A person with their name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName {
    /// The person.
    pub id: Uuid,
    /// Their name.
    pub name: String,
}

/// What an entry says.
#[derive(Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A note.
    Noted {
        /// The text.
        note: String,
    },
    /// Assigned to this person, or to nobody any more.
    Assigned {
        /// To whom.
        to: Option<PersonName>,
    },
    /// Another one handles it.
    HandlerChanged {
        /// Who.
        handler: HandlerView,
        /// Why, as events name it.
        cause: String,
        /// Whether people are awaited from then on.
        awaits_people: bool,
    },
    /// Closed.
    Closed,
    /// Open again.
    Reopened,
}

impl std::fmt::Debug for EntryKind {
    /// Leaves out what a note says.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Noted { .. } => "Noted",
            Self::Assigned { .. } => "Assigned",
            Self::HandlerChanged { .. } => "HandlerChanged",
            Self::Closed => "Closed",
            Self::Reopened => "Reopened",
        })
    }
}

/// A note of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteView {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub author: Uuid,
    /// Their name.
    pub author_name: String,
    /// The text.
    pub note: String,
}

impl std::fmt::Debug for NoteView {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("NoteView")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select e.*, a.name as actor_name, p.name as subject_name, b.name as bot_name \
             from conversation_entries e \
             left join people a on a.id = e.actor \
             left join people p on p.id = e.subject \
             left join bot_rows b on e.handler = 'bot' and b.id = e.subject \
             where e.conversation = $1 and ",
            $rest
        )
    };
}

pub(super) const ENTRIES: Statement = Statement::portable(
    "conversations entries",
    select!("e.place < $2 order by e.place desc limit $3"),
);
pub(super) const SLICE: Statement = Statement::portable(
    "conversations entry_slice",
    select!("e.place < $2 and e.place > $3 order by e.place desc limit $4"),
);
pub(super) const SLICE_FROM_END: Statement = Statement::portable(
    "conversations entry_slice_from_end",
    select!("e.place < $2 and e.place > $3 order by e.place limit $4"),
);
pub(super) const NOTES: Statement = Statement::portable(
    "conversations notes",
    select!("e.kind = 'noted' order by e.place"),
);

impl Reads {
    /// The entries of a conversation, newest first, after a cursor.
    ///
    /// # Errors
    /// The database failed, or the cursor is not ours.
    pub async fn entries(
        &self,
        conversation: ConversationId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EntryView>, ProjectionError> {
        let (before, _) = after.map_or(Ok(page::LAST), |cursor| page::parse(self.epoch, cursor))?;
        let rows = query(ENTRIES)
            .bind(conversation.to_string())
            .bind(before)
            .bind(page::one_more(limit))
            .fetch_all(self.pool())
            .await?;
        let mut items = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let next = page::cut(&mut items, limit, |one| {
            page::cursor(self.epoch, one.position.cast_signed(), "")
        });
        Ok(Page {
            items,
            previous: None,
            next,
        })
    }

    /// A part of the entries of a conversation in either direction, newest first.
    ///
    /// # Errors
    /// The database failed, or a cursor is not ours.
    pub async fn entry_slice(
        &self,
        conversation: ConversationId,
        slice: &Slice,
    ) -> Result<Edges<EntryView>, ProjectionError> {
        let ((below, _), (above, _)) = slice.descending(self.epoch)?;
        let statement = if slice.from_end {
            SLICE_FROM_END
        } else {
            SLICE
        };
        let rows = query(statement)
            .bind(conversation.to_string())
            .bind(below)
            .bind(above)
            .bind(page::one_more(slice.limit))
            .fetch_all(self.pool())
            .await?;
        let entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(slice.edges(entries, |one| {
            page::cursor(self.epoch, one.position.cast_signed(), "")
        }))
    }

    /// The notes of a conversation, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn notes(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<NoteView>, ProjectionError> {
        let rows = query(NOTES)
            .bind(conversation.to_string())
            .fetch_all(self.pool())
            .await?;
        rows.iter()
            .map(|row| {
                let author = id(row, "actor")?;
                Ok(NoteView {
                    at: time(row, "at")?,
                    author,
                    author_name: person::shown_name(author, row.try_get("actor_name")?),
                    note: row.try_get("note")?,
                })
            })
            .collect()
    }
}

fn entry(row: &Row) -> Result<EntryView, ProjectionError> {
    let kind = match row.try_get::<&str, _>("kind")? {
        "noted" => EntryKind::Noted {
            note: row.try_get("note")?,
        },
        "assigned" => EntryKind::Assigned {
            to: named(row, "subject", "subject_name")?,
        },
        "handler_changed" => EntryKind::HandlerChanged {
            handler: handler(row)?,
            cause: row.try_get("cause")?,
            awaits_people: row.try_get::<i64, _>("awaits_people")? == 1,
        },
        "closed" => EntryKind::Closed,
        "reopened" => EntryKind::Reopened,
        _ => return Err(ProjectionError::Unreadable("kind")),
    };
    Ok(EntryView {
        at: time(row, "at")?,
        actor: named(row, "actor", "actor_name")?,
        kind,
        position: row.try_get::<i64, _>("place")?.cast_unsigned(),
    })
}

fn handler(row: &Row) -> Result<HandlerView, ProjectionError> {
    Ok(match row.try_get::<Option<&str>, _>("handler")? {
        Some("bot") => HandlerView::Bot {
            id: id::<BotId>(row, "subject")?,
            name: row.try_get("bot_name")?,
            session: opt_id::<SessionId>(row, "session")?,
        },
        Some("person") => {
            let person = id(row, "subject")?;
            HandlerView::Person {
                id: person,
                name: person::shown_name(person, row.try_get("subject_name")?),
            }
        }
        _ => HandlerView::Nobody,
    })
}

/// The person of one column with the name of another.
pub(super) fn named(
    row: &Row,
    column: &'static str,
    name: &'static str,
) -> Result<Option<PersonName>, ProjectionError> {
    let Some(id) = opt_id(row, column)? else {
        return Ok(None);
    };
    Ok(Some(PersonName {
        id,
        name: person::shown_name(id, row.try_get(name)?),
    }))
}
