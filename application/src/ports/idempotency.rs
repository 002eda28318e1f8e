//! Idempotency keys of REST clients: kept 24 h per token with the request's hash, status and ids.

use async_trait::async_trait;
use domain::ids::TokenId;

use super::StoreError;

/// What is remembered of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedRequest {
    /// SHA-256 of method, path and body as hex.
    pub request_hash: String,
    /// HTTP status of the first answer; `None` while the first request is still under way.
    pub status: Option<u16>,
    /// Id of the thing the request made or changed.
    pub subject_id: Option<String>,
    /// Log position of the write.
    pub position: Option<u64>,
}

/// Stores idempotency keys.
#[async_trait]
pub trait IdempotencyKeys: Send + Sync + std::fmt::Debug {
    /// Reserves a key; returns what is remembered if it was taken within 24 h.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn begin(
        &self,
        token: TokenId,
        key: &str,
        request_hash: &str,
    ) -> Result<Option<RememberedRequest>, StoreError>;

    /// Remembers the answer.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn finish(
        &self,
        token: TokenId,
        key: &str,
        answer: RememberedRequest,
    ) -> Result<(), StoreError>;

    /// Forgets a key whose request failed for a passing reason, so that it can be tried again.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn forget(&self, token: TokenId, key: &str) -> Result<(), StoreError>;
}
