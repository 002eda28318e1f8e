//! The state of a saved view.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{SavedViewCommand, SavedViewError, SavedViewEvent, ViewFilter, ViewSort};
use crate::any_event::aggregate_type;
use crate::field::{self, FieldError};
use crate::ids::{ContactId, TokenId};
use crate::stream::{self, StreamAggregate};

/// Characters of a name.
const NAME_LIMIT: usize = 100;

/// A saved view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedView {
    owner: Option<TokenId>,
    content: Option<SavedViewContent>,
    is_removed: bool,
}

/// What a view shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedViewContent {
    /// What people call it.
    pub name: String,
    /// Which conversations.
    pub filter: ViewFilter,
    /// In which order.
    pub sort: ViewSort,
}

impl SavedView {
    /// Whether it was saved and not removed since.
    pub const fn exists(&self) -> bool {
        self.content.is_some() && !self.is_removed
    }

    /// Whose it is; nobody: it is shared, or does not exist.
    pub const fn owner(&self) -> Option<TokenId> {
        self.owner
    }

    /// What it shows.
    pub const fn content(&self) -> Option<&SavedViewContent> {
        self.content.as_ref()
    }

    fn is_open_to(&self, person: TokenId) -> bool {
        self.owner.is_none_or(|owner| owner == person)
    }
}

fn checked(
    name: &str,
    filter: &ViewFilter,
    sort: ViewSort,
) -> Result<SavedViewContent, FieldError> {
    Ok(SavedViewContent {
        name: field::name("name", name, NAME_LIMIT)?,
        filter: filter.checked()?,
        sort,
    })
}

impl Aggregate for SavedView {
    const TYPE: &'static str = aggregate_type::SAVED_VIEW;
    type Command = SavedViewCommand;
    type Event = SavedViewEvent;
    type Error = SavedViewError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        stream::handle(self, command, sink).await
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            SavedViewEvent::Saved {
                name,
                owner,
                filter,
                sort,
                ..
            } => {
                self.owner = owner;
                self.content = Some(SavedViewContent { name, filter, sort });
            }
            SavedViewEvent::Edited {
                name, filter, sort, ..
            } => self.content = Some(SavedViewContent { name, filter, sort }),
            SavedViewEvent::Removed { .. } => self.is_removed = true,
        }
    }
}

impl StreamAggregate for SavedView {
    const EVENT_TYPES: &'static [&'static str] =
        &["SavedViewSaved", "SavedViewEdited", "SavedViewRemoved"];

    fn decide(&self, command: &SavedViewCommand) -> Result<Vec<SavedViewEvent>, SavedViewError> {
        match command {
            SavedViewCommand::Save { .. } if self.content.is_some() => {
                Err(SavedViewError::AlreadySaved)
            }
            SavedViewCommand::Save {
                now,
                name,
                owner,
                filter,
                sort,
            } => {
                let content = checked(name, filter, *sort)?;
                Ok(vec![SavedViewEvent::Saved {
                    at: *now,
                    name: content.name,
                    owner: *owner,
                    filter: content.filter,
                    sort: content.sort,
                }])
            }
            SavedViewCommand::Edit { by, .. } | SavedViewCommand::Remove { by, .. }
                if !self.is_open_to(*by) =>
            {
                Err(SavedViewError::NotFound)
            }
            SavedViewCommand::Remove { .. } if self.is_removed => Ok(Vec::new()),
            _ if !self.exists() => Err(SavedViewError::NotFound),
            SavedViewCommand::Edit {
                now,
                name,
                filter,
                sort,
                ..
            } => {
                let content = checked(name, filter, *sort)?;
                if self.content.as_ref() == Some(&content) {
                    return Ok(Vec::new());
                }
                Ok(vec![SavedViewEvent::Edited {
                    at: *now,
                    name: content.name,
                    filter: content.filter,
                    sort: content.sort,
                }])
            }
            SavedViewCommand::Remove { now, .. } => Ok(vec![SavedViewEvent::Removed { at: *now }]),
        }
    }

    fn subject(&self) -> Option<ContactId> {
        None
    }

    fn lane_key(&self) -> Option<Uuid> {
        None
    }

    fn weight_bytes(&self) -> usize {
        let content = self.content.as_ref().map_or(0, |content| {
            content.name.len() + content.filter.tag.as_ref().map_or(0, String::len)
        });
        size_of::<Self>() + content
    }
}
