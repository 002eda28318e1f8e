//! Large immutable things, named by their SHA-256. Written with the commit that names them.

use async_trait::async_trait;
use bytes::Bytes;
use domain::bot::BlobHash;

use super::StoreError;

/// Reads blobs.
#[async_trait]
pub trait Blobs: Send + Sync + std::fmt::Debug {
    /// The bytes of a blob.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find(&self, hash: &BlobHash) -> Result<Option<Bytes>, StoreError>;
}

/// SHA-256 is made where the bytes are at hand.
pub trait BlobHasher: Send + Sync + std::fmt::Debug {
    /// The name of these bytes.
    fn hash(&self, bytes: &[u8]) -> BlobHash;
}
