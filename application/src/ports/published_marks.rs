//! How far the log was published to each stream of a broker.

use async_trait::async_trait;

use super::StoreError;
use super::broker::PublishedId;
use super::leases::Fence;

/// The marks, kept beside the log.
#[async_trait]
pub trait PublishedMarks: Send + Sync + std::fmt::Debug {
    /// The last event of which the broker said that it is in the stream, if any.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find(&self, stream: &str) -> Result<Option<PublishedId>, StoreError>;

    /// Moves the mark of a stream; also back, where the broker has lost its end.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] if the lease has changed hands, and nothing was moved; others of the store.
    async fn put(
        &self,
        stream: &str,
        last: PublishedId,
        fence: Option<Fence>,
    ) -> Result<(), StoreError>;
}
