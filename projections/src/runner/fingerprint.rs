//! One hash of everything a projection shows, so that a rebuild can be compared with what it replaces, and one
//! database with another.

use application::ports::leases::Permit;
use infrastructure::database::db::query_text;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{ProjectionError, Projections, store};

impl Projections {
    /// SHA-256, in hex, of the live build's tables in order of their keys.
    ///
    /// # Errors
    /// [`ProjectionError`]: no such projection, none live, or the database failed.
    pub async fn fingerprint(&self, name: &str) -> Result<String, ProjectionError> {
        let mut writer = self.writer().await?;
        let known = self.known.iter().find(|known| known.name() == name);
        let no_such = || ProjectionError::NoSuchProjection(name.to_owned());
        let known = known.ok_or_else(no_such)?;
        // Whichever node owns it.
        let live = store::find_live(&mut writer.connection, known, Permit::alone()).await?;
        let slot = live.ok_or_else(no_such)?;
        let mut hash = Sha256::new();
        for table in slot.projection.tables() {
            hash.update(table.name);
            let dump = slot.build.sql(table.dump(writer.connection.dialect()));
            query_text(table.name, dump)
                .for_each(&mut writer.connection, |row: String| {
                    // The databases write the same JSON with other spaces and escapes.
                    let row =
                        serde_json::from_str::<Value>(&row).map_or(row, |row| row.to_string());
                    hash.update(row.len().to_le_bytes());
                    hash.update(row);
                })
                .await?;
        }
        Ok(hex::encode(hash.finalize()))
    }
}
