//! An API token: who may ask, and what. Its text is shown once, when it is made.

mod mutations;
mod payload;
mod queries;

use application::ports::directory::TokenOwner;
use async_graphql::{Enum, ID, Object};
use domain::api_token::Role as DomainRole;

pub(super) use mutations::TokenMutations;
pub(super) use queries::TokenQueries;

use super::id::Kind;
use super::time::DateTime;
use crate::auth::Actor;

/// An API token. A token counts as a person with the token's name.
#[derive(Clone, Debug)]
pub(crate) struct ApiToken(pub(super) TokenOwner);

/// What a token may do.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "DomainRole")]
pub(crate) enum Role {
    /// Everything.
    Admin,
    /// Reads and works on conversations.
    Agent,
    /// Reads numbers, bots and events with personal data masked.
    Analyst,
}

impl ApiToken {
    /// The caller's.
    pub(super) fn of(actor: &Actor) -> Self {
        Self(TokenOwner {
            id: actor.id,
            name: actor.name.clone(),
            role: actor.role,
            expires_at: actor.expires_at,
        })
    }
}

#[Object]
impl ApiToken {
    /// Its id; persons are named by it.
    pub(super) async fn id(&self) -> ID {
        Kind::ApiToken.id(self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may do.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// When it ends by itself; null: it holds until it is revoked.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime::from)
    }
}
