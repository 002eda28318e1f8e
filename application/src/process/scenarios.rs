//! Published scenarios, parsed once and kept in memory.

use std::sync::Arc;

use domain::bot::BlobHash;
use domain::bot::scenario::Scenario;

use crate::ports::StoreError;
use crate::ports::blobs::Blobs;

/// Scenarios kept in memory.
const CAPACITY: u64 = 256;

/// Looks scenarios up by their blob.
#[derive(Debug)]
pub(super) struct Scenarios {
    blobs: Arc<dyn Blobs>,
    parsed: moka::sync::Cache<BlobHash, Arc<Scenario>>,
}

impl Scenarios {
    pub(super) fn new(blobs: Arc<dyn Blobs>) -> Self {
        Self {
            blobs,
            parsed: moka::sync::Cache::new(CAPACITY),
        }
    }

    /// The scenario of a blob; `None` if the blob is missing or no scenario.
    pub(super) async fn find(&self, hash: &BlobHash) -> Result<Option<Arc<Scenario>>, StoreError> {
        if let Some(scenario) = self.parsed.get(hash) {
            return Ok(Some(scenario));
        }
        let Some(bytes) = self.blobs.find(hash).await? else {
            return Ok(None);
        };
        let Ok(scenario) = Scenario::parse(&bytes) else {
            return Ok(None);
        };
        let scenario = Arc::new(scenario);
        self.parsed.insert(hash.clone(), Arc::clone(&scenario));
        Ok(Some(scenario))
    }
}
