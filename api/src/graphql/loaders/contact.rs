//! A contact by id.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use domain::ids::ContactId;
use projections::contact::ContactView;

use super::QueryLoader;
use crate::problem::Problem;

/// A contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ContactKey(pub(in crate::graphql) ContactId);

impl Loader<ContactKey> for QueryLoader {
    type Value = ContactView;
    type Error = Problem;

    async fn load(&self, keys: &[ContactKey]) -> Result<HashMap<ContactKey, ContactView>, Problem> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<ContactId> = keys.iter().map(|key| key.0).collect();
        let views = self.app.reads().contacts_by_ids(&ids).await?;
        Ok(views
            .into_iter()
            .map(|view| (ContactKey(view.id), view))
            .collect())
    }
}
