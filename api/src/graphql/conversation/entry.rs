//! What stands in a conversation's timeline beside its messages.

use async_graphql::{Enum, Object};
use projections::conversation::{EntryKind, EntryView};

use super::handler::Handler;
use crate::graphql::person::Person;
use crate::graphql::time::DateTime;

/// An entry of the timeline that is no message.
#[derive(Clone, Debug)]
pub(crate) struct TimelineEntry(pub(super) EntryView);

/// What an entry says.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum TimelineEntryKind {
    /// A note, see `note`.
    Noted,
    /// Assigned to a person or to nobody, see `assignee`.
    Assigned,
    /// Another one handles it, see `handler`, `cause`, `awaitsPeople`.
    HandlerChanged,
    /// Closed.
    Closed,
    /// Open again.
    Reopened,
}

#[Object]
impl TimelineEntry {
    /// What it says.
    async fn kind(&self) -> TimelineEntryKind {
        match self.0.kind {
            EntryKind::Noted { .. } => TimelineEntryKind::Noted,
            EntryKind::Assigned { .. } => TimelineEntryKind::Assigned,
            EntryKind::HandlerChanged { .. } => TimelineEntryKind::HandlerChanged,
            EntryKind::Closed => TimelineEntryKind::Closed,
            EntryKind::Reopened => TimelineEntryKind::Reopened,
        }
    }

    /// When.
    async fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// Who did it; null: a bot, the customer or the installation.
    async fn actor(&self) -> Option<Person> {
        self.0.actor.clone().map(Person::from)
    }

    /// The text of a note.
    async fn note(&self) -> Option<&str> {
        match &self.0.kind {
            EntryKind::Noted { note } => Some(note),
            _ => None,
        }
    }

    /// To whom it was assigned; null: to nobody.
    async fn assignee(&self) -> Option<Person> {
        match &self.0.kind {
            EntryKind::Assigned { to } => to.clone().map(Person::from),
            _ => None,
        }
    }

    /// Who handles it from then on.
    async fn handler(&self) -> Option<Handler> {
        match &self.0.kind {
            EntryKind::HandlerChanged { handler, .. } => Some(Handler(handler.clone())),
            _ => None,
        }
    }

    /// Why another one handles it, as events name it, e.g. `taken_over`.
    async fn cause(&self) -> Option<&str> {
        match &self.0.kind {
            EntryKind::HandlerChanged { cause, .. } => Some(cause),
            _ => None,
        }
    }

    /// Whether people are awaited from then on.
    async fn awaits_people(&self) -> Option<bool> {
        match self.0.kind {
            EntryKind::HandlerChanged { awaits_people, .. } => Some(awaits_people),
            _ => None,
        }
    }
}
