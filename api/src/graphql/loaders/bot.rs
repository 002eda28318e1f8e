//! A bot by id.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use domain::ids::BotId;
use projections::bot::BotView;

use super::QueryLoader;
use crate::problem::Problem;

/// A bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct BotKey(pub(in crate::graphql) BotId);

impl Loader<BotKey> for QueryLoader {
    type Value = BotView;
    type Error = Problem;

    async fn load(&self, keys: &[BotKey]) -> Result<HashMap<BotKey, BotView>, Problem> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<BotId> = keys.iter().map(|key| key.0).collect();
        let views = self.app.reads().bots_by_ids(&ids).await?;
        Ok(views
            .into_iter()
            .map(|view| (BotKey(view.id), view))
            .collect())
    }
}
