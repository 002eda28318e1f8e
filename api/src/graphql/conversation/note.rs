//! A note of a person.

use async_graphql::{ID, Object};
use projections::conversation::NoteView;

use crate::graphql::id::Kind;
use crate::graphql::time::DateTime;

/// A note of a person.
#[derive(Clone, Debug)]
pub(crate) struct Note(pub(super) NoteView);

#[Object]
impl Note {
    /// The text.
    async fn text(&self) -> &str {
        &self.0.note
    }

    /// Who wrote it: the id of an API token.
    async fn author_id(&self) -> ID {
        Kind::ApiToken.id(self.0.author)
    }

    /// Their name.
    async fn author_name(&self) -> &str {
        &self.0.author_name
    }

    /// When.
    async fn created_at(&self) -> DateTime {
        self.0.at.into()
    }
}
