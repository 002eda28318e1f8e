//! What resolvers find in their context: the server, the caller, the loaders.
//!
//! The caller is resolved once a request (or socket) and lies in its data; the rest belongs to the schema.
//! A schema that was only built to be printed has none of it, and says so as an internal error.

use std::sync::Arc;

use async_graphql::Context;

use super::loaders::Loaders;
use crate::auth::Actor;
use crate::i18n::Lang;
use crate::problem::Problem;
use crate::rest::App;

/// Who asks, in which language, under which id in the log.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Owner of the token.
    pub actor: Actor,
    /// Language of messages.
    pub lang: Lang,
    /// Names the request in the log; the `errorId` of internal errors.
    pub request_id: String,
}

/// The server.
pub(super) fn app<'a>(context: &Context<'a>) -> Result<&'a Arc<App>, Problem> {
    context.data::<Arc<App>>().map_err(missing)
}

/// Who asks.
pub(super) fn caller<'a>(context: &Context<'a>) -> Result<&'a Caller, Problem> {
    context
        .data::<Caller>()
        .map_err(|_| Problem::new("unauthenticated"))
}

/// The language of the caller.
pub(super) fn lang(context: &Context<'_>) -> Lang {
    context
        .data_opt::<Caller>()
        .map_or(Lang::En, |caller| caller.lang)
}

/// Look-ups that ask once for all rows of a list.
pub(super) fn loaders<'a>(context: &Context<'a>) -> Result<&'a Loaders, Problem> {
    context.data::<Loaders>().map_err(missing)
}

fn missing(error: async_graphql::Error) -> Problem {
    Problem::internal(&error.message)
}
