//! What mutations of API tokens take and answer.

use async_graphql::{Enum, ID, InputObject, SimpleObject};

use super::{ApiToken, Role};
use crate::graphql::outcome::Outcome;
use crate::graphql::time::DateTime;

/// A token to make.
#[derive(InputObject)]
pub(crate) struct MakeApiTokenInput {
    /// The caller's id of this mutation: sent again, no second token is made, and the text of the first
    /// one is not shown again.
    pub(super) client_mutation_id: Option<String>,
    /// What people call it, 1 to 100 characters.
    pub(super) name: String,
    /// What it may do.
    pub(super) role: Role,
    /// When it ends by itself, in the future; without it the token holds until it is revoked.
    pub(super) expires_at: Option<DateTime>,
}

/// A token to revoke.
#[derive(InputObject)]
pub(crate) struct RevokeApiTokenInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The token.
    pub(super) api_token: ID,
}

/// What came of a mutation of an API token.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ApiTokenMutationStatus {
    /// Done, also where it was so before.
    Done,
    /// Fields cannot be accepted, see `violations`.
    Invalid,
    /// It was made before under this `clientMutationId`; its text cannot be shown again.
    AlreadyMade,
}

impl ApiTokenMutationStatus {
    /// The status of a refusal.
    pub(super) fn of(code: &str) -> Option<Self> {
        (code == "validation_failed").then_some(Self::Invalid)
    }
}

/// What a mutation of an API token answers.
#[derive(SimpleObject)]
pub(crate) struct ApiTokenPayload {
    /// What came of it.
    pub(super) status: ApiTokenMutationStatus,
    /// The token; null once it is revoked.
    pub(super) api_token: Option<ApiToken>,
    /// The text to send as `Authorization: Bearer TEXT`, this once.
    pub(super) secret: Option<String>,
    /// The rest.
    #[graphql(flatten)]
    pub(super) outcome: Outcome,
}

impl std::fmt::Debug for ApiTokenPayload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ApiTokenPayload")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
