//! Mutations of API tokens.

use application::ports::directory::TokenOwner;
use application::use_cases::policy::Action;
use async_graphql::{Context, Object};
use domain::ids::TokenId;
use secrecy::ExposeSecret;

use super::ApiToken;
use super::payload::{
    ApiTokenMutationStatus as Status, ApiTokenPayload, MakeApiTokenInput, RevokeApiTokenInput,
};
use crate::bootstrap::random;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::write::{Answer, Call, Change, write};
use crate::problem::Problem;

/// Mutations of API tokens.
#[derive(Debug, Default)]
pub(crate) struct TokenMutations;

#[Object]
impl TokenMutations {
    /// Makes a token and shows its text once.
    #[graphql(guard = "Can(Action::ManageTokens)")]
    async fn make_api_token(
        &self,
        ctx: &Context<'_>,
        input: MakeApiTokenInput,
    ) -> Result<ApiTokenPayload, Problem> {
        let app = app(ctx)?;
        let bytes = random::bytes().map_err(|error| Problem::internal(&error))?;
        let mut made = None;
        let call = Call::new("makeApiToken", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let (name, role) = (input.name.clone(), input.role.into());
            let end = input.expires_at.map(|end| end.0);
            let written = app.tokens.make(&request, name, role, end, &bytes).await?;
            let id = written.value.id;
            // A repeated command makes nothing: then these random bytes are nobody's token.
            let text = written.value.token.expose_secret();
            let hash = app.hasher.hash(text.as_bytes()).0;
            if app.directory.token(&hash).is_some() {
                made = Some(text.to_owned());
            }
            Ok(Change {
                subject: id.as_uuid(),
                position: written.position,
            })
        })
        .await?;
        let mut payload = payload(ctx, done)?;
        if payload.status == Status::Done && made.is_none() {
            payload.status = Status::AlreadyMade;
        }
        payload.secret = made;
        Ok(payload)
    }

    /// Takes a token back: whoever uses it is refused from now on.
    #[graphql(guard = "Can(Action::ManageTokens)")]
    async fn revoke_api_token(
        &self,
        ctx: &Context<'_>,
        input: RevokeApiTokenInput,
    ) -> Result<ApiTokenPayload, Problem> {
        let app = app(ctx)?;
        let id: TokenId = Kind::ApiToken.parse("apiToken", &input.api_token)?;
        let call = Call::new("revokeApiToken", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, Status::of, async |request| {
            let written = app.tokens.revoke(&request, id).await?;
            Ok(Change {
                subject: id.as_uuid(),
                position: written.position,
            })
        })
        .await?;
        payload(ctx, done)
    }
}

fn payload(ctx: &Context<'_>, answer: Answer<Status>) -> Result<ApiTokenPayload, Problem> {
    let mut tokens = app(ctx)?.directory.tokens().into_iter();
    let found: Option<TokenOwner> = answer
        .subject
        .and_then(|id| tokens.find(|token| token.id == TokenId::new(id)));
    Ok(ApiTokenPayload {
        status: answer.refusal.unwrap_or(Status::Done),
        api_token: found.map(ApiToken),
        secret: None,
        outcome: answer.outcome,
    })
}
