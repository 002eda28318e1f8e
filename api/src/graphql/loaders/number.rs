//! A number, removed or not, by id.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use domain::ids::NumberId;
use projections::number::NumberView;

use super::QueryLoader;
use crate::problem::Problem;

/// A number, removed or not,.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct NumberKey(pub(in crate::graphql) NumberId);

impl Loader<NumberKey> for QueryLoader {
    type Value = NumberView;
    type Error = Problem;

    async fn load(&self, keys: &[NumberKey]) -> Result<HashMap<NumberKey, NumberView>, Problem> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<NumberId> = keys.iter().map(|key| key.0).collect();
        let views = self.app.reads().numbers_by_ids(&ids).await?;
        Ok(views
            .into_iter()
            .map(|view| (NumberKey(view.id), view))
            .collect())
    }
}
