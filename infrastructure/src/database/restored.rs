//! What the log knows of its last restore: when, up to where, and whether a person let messages leave again.
//!
//! Invariant: the row `restored` of `log_meta` is the truth, [`FreezeState`] follows it after the commit, so
//! nothing leaves before it may and a thaw is not forgotten.

use std::sync::{Arc, PoisonError, RwLock};

use application::ports::outbox::{Freeze, Thawed};
use async_trait::async_trait;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::db::{Connection, Statement, query};
use super::meta::{self, EPOCH};
use super::rows::{json, signed, undecodable, unsigned};
use super::write_queue::WriteKind;

const KEY: &str = "restored";

const UNSETTLED_THROUGH: Statement = Statement::portable(
    "outbox_unsettled_through",
    "select count(*) from outbox where settled_at is null and position <= $1",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[UNSETTLED_THROUGH];

/// The row of the last restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restored {
    /// When.
    pub(crate) at: Timestamp,
    /// The log's last position then.
    pub(crate) through: u64,
    /// The epoch that ended.
    pub(crate) previous_epoch: Uuid,
    /// When the backup was made.
    pub(crate) backup_made_at: Timestamp,
    /// When a person let messages leave again.
    pub(crate) released_at: Option<Timestamp>,
    /// Who did.
    pub(crate) released_by: Option<String>,
}

/// The row, if this log was ever restored.
pub(crate) async fn find(connection: &mut Connection) -> Result<Option<Restored>, sqlx::Error> {
    let value = meta::find(connection, KEY).await?;
    value
        .map(|value| serde_json::from_str(&value).map_err(|_| undecodable("log_meta.restored")))
        .transpose()
}

/// The log's epoch as stored.
pub(crate) async fn epoch(connection: &mut Connection) -> Result<Uuid, sqlx::Error> {
    let value = meta::find(connection, EPOCH).await?;
    let value = value.ok_or(sqlx::Error::RowNotFound)?;
    value.parse().map_err(|_| undecodable("log_meta.epoch"))
}

/// Begins a new epoch with the outbox frozen; the caller commits.
pub(crate) async fn begin_epoch(
    connection: &mut Connection,
    epoch: Uuid,
    restored: &Restored,
) -> Result<(), sqlx::Error> {
    meta::put(connection, EPOCH, &epoch.to_string()).await?;
    meta::put(connection, KEY, &json(restored)?).await
}

/// Whether the outbox is frozen, in memory.
#[derive(Debug, Default)]
pub struct FreezeState(RwLock<Option<Freeze>>);

impl FreezeState {
    /// As the row says.
    pub(crate) async fn load(connection: &mut Connection) -> Result<Arc<Self>, sqlx::Error> {
        let state = Self::default();
        state.reload(connection).await?;
        Ok(Arc::new(state))
    }

    /// As the row says now: another node may have let messages leave.
    pub(crate) async fn reload(&self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        let freeze = find(connection)
            .await?
            .filter(|restored| restored.released_at.is_none())
            .map(|restored| Freeze {
                since: restored.at,
                through: restored.through,
            });
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = freeze;
        Ok(())
    }

    /// Why nothing may leave, if so.
    pub fn get(&self) -> Option<Freeze> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Lets messages leave again.
#[derive(Debug)]
pub(crate) struct Thaw(pub(crate) Arc<FreezeState>);

#[async_trait]
impl WriteKind for Thaw {
    /// Who.
    type Input = String;
    type Output = Thawed;

    const MAX_BATCH: usize = 1;

    async fn run(
        &self,
        transaction: &mut Connection,
        now: Timestamp,
        inputs: &[String],
    ) -> Result<Vec<Thawed>, sqlx::Error> {
        let mut outputs = Vec::with_capacity(inputs.len());
        for by in inputs {
            let frozen = find(transaction)
                .await?
                .filter(|restored| restored.released_at.is_none());
            let Some(mut restored) = frozen else {
                outputs.push(Thawed::NotFrozen);
                continue;
            };
            let unsettled: i64 = query(UNSETTLED_THROUGH)
                .bind(signed(restored.through))
                .fetch_one(&mut *transaction)
                .await?;
            if unsettled > 0 {
                outputs.push(Thawed::Unsettled(unsigned(unsettled)));
                continue;
            }
            restored.released_at = Some(now);
            restored.released_by = Some(by.clone());
            meta::put(transaction, KEY, &json(&restored)?).await?;
            outputs.push(Thawed::Done);
        }
        Ok(outputs)
    }

    fn committed(&self, _inputs: &[String], outputs: &[Thawed]) {
        if outputs.contains(&Thawed::Done) {
            self.0.end();
        }
    }
}
