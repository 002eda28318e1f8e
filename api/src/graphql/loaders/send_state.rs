//! What the outbox says of messages that the events show as queued.

use std::collections::HashMap;

use application::ports::outbox::OutboxState;
use async_graphql::dataloader::Loader;
use domain::ids::MessageId;

use super::QueryLoader;
use crate::problem::Problem;

/// A message with a row in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct SendStateKey(pub(in crate::graphql) MessageId);

impl Loader<SendStateKey> for QueryLoader {
    type Value = OutboxState;
    type Error = Problem;

    async fn load(
        &self,
        keys: &[SendStateKey],
    ) -> Result<HashMap<SendStateKey, OutboxState>, Problem> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<MessageId> = keys.iter().map(|key| key.0).collect();
        let states = self.app.outbox.states(&ids).await?;
        Ok(states
            .into_iter()
            .map(|(message, state)| (SendStateKey(message), state))
            .collect())
    }
}
