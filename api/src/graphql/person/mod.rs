//! People who work here: API tokens until there is sign-in.

mod queries;

use async_graphql::{ID, SimpleObject};
use projections::conversation::PersonName;
use uuid::Uuid;

pub(super) use queries::PersonQueries;

use super::id::Kind;

/// Someone who works here.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub(crate) struct Person {
    /// The id of their API token.
    id: ID,
    /// Their name.
    name: String,
}

impl Person {
    pub(super) fn new(id: Uuid, name: String) -> Self {
        Self {
            id: Kind::ApiToken.id(id),
            name,
        }
    }
}

impl From<PersonName> for Person {
    fn from(person: PersonName) -> Self {
        Self::new(person.id, person.name)
    }
}
