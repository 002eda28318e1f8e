//! Look-ups by key that ask once for all rows of a list: one key type and one file each.
//!
//! Nothing is cached: a mutation of the same request would make it stale. Absent on purpose: who may see
//! what; the field that loads has asked already.

mod bot;
mod contact;
mod conversation;
mod last_seen;
mod message;
mod number;
mod send_state;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use application::tasks::Tasks;
use async_graphql::dataloader::{DataLoader, Loader};

pub(super) use bot::BotKey;
pub(super) use contact::ContactKey;
pub(super) use conversation::ConversationKey;
pub(super) use last_seen::LastSeenKey;
pub(super) use message::MessageKey;
pub(super) use number::NumberKey;
pub(super) use send_state::SendStateKey;

use crate::problem::Problem;
use crate::rest::App;

/// Asks the read models and the stores for many keys at once.
#[derive(Debug)]
pub(super) struct QueryLoader {
    app: Arc<App>,
}

/// The loaders of a schema.
pub(super) struct Loaders {
    loader: DataLoader<QueryLoader>,
}

impl std::fmt::Debug for Loaders {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Loaders")
    }
}

impl Loaders {
    /// Loaders whose batches run on these tasks.
    pub(super) fn new(app: &Arc<App>, tasks: &Tasks) -> Self {
        let (app, tasks) = (Arc::clone(app), tasks.clone());
        Self {
            loader: DataLoader::new(QueryLoader { app }, move |batch| tasks.spawn(batch)),
        }
    }

    /// What a key leads to.
    pub(super) async fn load<K>(
        &self,
        key: K,
    ) -> Result<Option<<QueryLoader as Loader<K>>::Value>, Problem>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        QueryLoader: Loader<K, Error = Problem>,
    {
        self.loader.load_one(key).await
    }

    /// What keys lead to; unknown ones are left out.
    pub(super) async fn load_all<K>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<HashMap<K, <QueryLoader as Loader<K>>::Value>, Problem>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        QueryLoader: Loader<K, Error = Problem>,
    {
        self.loader.load_many(keys).await
    }
}
