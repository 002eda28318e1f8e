//! One hash of everything a projection shows, so that a rebuild can be compared with what it replaces.

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use super::{ProjectionError, Projections};

impl Projections {
    /// SHA-256, in hex, of the live build's tables in order of their keys.
    ///
    /// # Errors
    /// [`ProjectionError`]: no such projection, none live, or the database failed.
    pub async fn fingerprint(&self, name: &str) -> Result<String, ProjectionError> {
        let mut writer = self.writer.lock().await;
        let slot = writer
            .slots
            .iter()
            .find(|slot| slot.projection.name() == name);
        let slot = slot
            .ok_or_else(|| ProjectionError::NoSuchProjection(name.to_owned()))?
            .clone();
        let mut hash = Sha256::new();
        for table in slot.projection.tables() {
            hash.update(table.name);
            let dump = AssertSqlSafe(slot.build.sql(table.dump.0));
            let mut rows = sqlx::query_scalar::<_, String>(dump).fetch(&mut writer.connection);
            while let Some(row) = rows.try_next().await? {
                hash.update(row.len().to_le_bytes());
                hash.update(row);
            }
        }
        Ok(hex::encode(hash.finalize()))
    }
}
