//! Ids of the graph: `conversation:5f0c0a52-...`, the kind before the uuid that REST uses.

use std::fmt;

use async_graphql::ID;
use uuid::Uuid;

use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// What an id leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Conversation,
    Message,
    Contact,
    Bot,
    Deal,
    ApiToken,
    QuickReply,
    SavedView,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Number,
        Self::Conversation,
        Self::Message,
        Self::Contact,
        Self::Bot,
        Self::Deal,
        Self::ApiToken,
        Self::QuickReply,
        Self::SavedView,
    ];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Conversation => "conversation",
            Self::Message => "message",
            Self::Contact => "contact",
            Self::Bot => "bot",
            Self::Deal => "deal",
            Self::ApiToken => "token",
            Self::QuickReply => "quick-reply",
            Self::SavedView => "view",
        }
    }

    /// The id of one of this kind.
    pub(super) fn id(self, id: impl fmt::Display) -> ID {
        ID(format!("{}:{id}", self.prefix()))
    }

    /// The uuid of an id of this kind.
    ///
    /// # Errors
    /// The argument is no id, or one of another kind.
    pub(super) fn parse<T: From<Uuid>>(self, argument: &str, id: &ID) -> Result<T, Problem> {
        match split(id) {
            Some((kind, uuid)) if kind == self => Ok(T::from(uuid)),
            _ => {
                let prefix = self.prefix();
                Err(invalid(
                    argument,
                    Text::made(
                        format!("must be an id of the form {prefix}:UUID"),
                        format!("должен быть идентификатором вида {prefix}:UUID"),
                    ),
                ))
            }
        }
    }
}

/// Kind and uuid of any id.
///
/// # Errors
/// It is no id of ours.
pub(super) fn parse_any(argument: &str, id: &ID) -> Result<(Kind, Uuid), Problem> {
    split(id).ok_or_else(|| {
        invalid(
            argument,
            Text::new(
                "must be an id as this API gives them, e.g. conversation:UUID",
                "должен быть идентификатором этого API, например conversation:UUID",
            ),
        )
    })
}

fn split(id: &ID) -> Option<(Kind, Uuid)> {
    let (prefix, uuid) = id.split_once(':')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix)?;
    Some((kind, uuid.parse().ok()?))
}

fn invalid(argument: &str, message: Text) -> Problem {
    Problem::invalid(vec![FieldError::new(argument, "invalid_id", message)])
}

#[cfg(test)]
mod tests;
