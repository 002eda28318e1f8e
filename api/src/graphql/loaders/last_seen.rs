//! When Meta last delivered anything for a number: the inbox knows, statuses included.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use domain::time::Timestamp;

use super::QueryLoader;
use crate::problem::Problem;

/// Meta's id of a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct LastSeenKey(pub(in crate::graphql) String);

impl Loader<LastSeenKey> for QueryLoader {
    type Value = Timestamp;
    type Error = Problem;

    async fn load(&self, keys: &[LastSeenKey]) -> Result<HashMap<LastSeenKey, Timestamp>, Problem> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let seen = self.app.inbox.numbers_last_seen_at(&ids).await?;
        Ok(seen
            .into_iter()
            .map(|(id, at)| (LastSeenKey(id), at))
            .collect())
    }
}
