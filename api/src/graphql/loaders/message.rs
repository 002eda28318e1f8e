//! A message by id.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use domain::ids::MessageId;
use projections::message::MessageView;

use super::QueryLoader;
use crate::problem::Problem;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct MessageKey(pub(in crate::graphql) MessageId);

impl Loader<MessageKey> for QueryLoader {
    type Value = MessageView;
    type Error = Problem;

    async fn load(&self, keys: &[MessageKey]) -> Result<HashMap<MessageKey, MessageView>, Problem> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<MessageId> = keys.iter().map(|key| key.0).collect();
        let views = self.app.reads().messages_by_ids(&ids).await?;
        Ok(views
            .into_iter()
            .map(|view| (MessageKey(view.id), view))
            .collect())
    }
}
