//! A published version of a bot, and reading scenarios.

use async_graphql::{Context, Json, Object};
use domain::bot::BlobHash;
use projections::bot::BotVersion as VersionView;
use serde_json::Value;

use crate::graphql::context::app;
use crate::graphql::time::DateTime;
use crate::problem::Problem;

/// A published version of a bot.
#[derive(Clone, Debug)]
pub(crate) struct BotVersion(pub(super) VersionView);

#[Object]
impl BotVersion {
    /// Counts from 1.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// SHA-256 of the scenario, in hex.
    async fn definition_hash(&self) -> &str {
        &self.0.definition
    }

    /// The scenario.
    #[graphql(complexity = 10)]
    async fn definition(&self, ctx: &Context<'_>) -> Result<Option<Json<Value>>, Problem> {
        definition(ctx, &self.0.definition).await
    }

    /// When it was published.
    async fn published_at(&self) -> DateTime {
        self.0.published_at.into()
    }
}

/// A scenario by its hash.
pub(super) async fn definition(
    ctx: &Context<'_>,
    hash: &str,
) -> Result<Option<Json<Value>>, Problem> {
    let hash = BlobHash(hash.to_owned());
    let Some(bytes) = app(ctx)?.blobs.find(&hash).await? else {
        return Ok(None);
    };
    let scenario = serde_json::from_slice(&bytes).map_err(|error| Problem::internal(&error))?;
    Ok(Some(Json(scenario)))
}
