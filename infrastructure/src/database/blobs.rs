//! Blobs: read here, written as row operations of the commits that name them.

use application::ports::StoreError;
use application::ports::blobs::{BlobHasher, Blobs};
use async_trait::async_trait;
use bytes::Bytes;
use domain::bot::BlobHash;
use sha2::{Digest, Sha256};

use super::context::unavailable;
use super::db::{Pool, Statement, query};

const FIND: Statement =
    Statement::portable("blobs_find", "select bytes from blobs where sha256 = $1");

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[FIND];

/// Reads the table `blobs`.
#[derive(Clone, Debug)]
pub struct BlobStore {
    reads: Pool,
}

impl BlobStore {
    pub(crate) const fn new(reads: Pool) -> Self {
        Self { reads }
    }
}

#[async_trait]
impl Blobs for BlobStore {
    async fn find(&self, hash: &BlobHash) -> Result<Option<Bytes>, StoreError> {
        let bytes: Option<Vec<u8>> = query(FIND)
            .bind(&hash.0)
            .fetch_optional(&self.reads)
            .await
            .map_err(unavailable)?;
        Ok(bytes.map(Bytes::from))
    }
}

/// Names bytes by their SHA-256.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sha256Hasher;

impl BlobHasher for Sha256Hasher {
    fn hash(&self, bytes: &[u8]) -> BlobHash {
        BlobHash(hex::encode(Sha256::digest(bytes)))
    }
}
