//! A conversation by id.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use domain::ids::ConversationId;
use projections::conversation::ConversationView;

use super::QueryLoader;
use crate::problem::Problem;

/// A conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ConversationKey(pub(in crate::graphql) ConversationId);

impl Loader<ConversationKey> for QueryLoader {
    type Value = ConversationView;
    type Error = Problem;

    async fn load(
        &self,
        keys: &[ConversationKey],
    ) -> Result<HashMap<ConversationKey, ConversationView>, Problem> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<ConversationId> = keys.iter().map(|key| key.0).collect();
        let views = self.app.reads().conversations_by_ids(&ids).await?;
        Ok(views
            .into_iter()
            .map(|view| (ConversationKey(view.id), view))
            .collect())
    }
}
