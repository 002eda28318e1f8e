//! Forgetting remembered commands that are too old to be repeated.

use application::ports::StoreError;
use async_trait::async_trait;
use domain::time::Timestamp;

use super::statements::PURGE_COMMANDS;
use crate::database::db::{Connection, query};
use crate::database::retention::{COMMAND_MEMORY_DAYS, DAY_SECONDS};
use crate::database::write_queue::{WriteKind, Writer};

/// Rows deleted in one transaction, so that appends never wait long.
const ROWS_A_TIME: i64 = 500;

/// The purge job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purge;

#[async_trait]
impl WriteKind for Purge {
    type Input = Timestamp;
    type Output = u64;

    const MAX_BATCH: usize = 1;

    async fn run(
        &self,
        transaction: &mut Connection,
        _now: Timestamp,
        inputs: &[Timestamp],
    ) -> Result<Vec<u64>, sqlx::Error> {
        let mut deleted = Vec::with_capacity(inputs.len());
        for before in inputs {
            deleted.push(
                query(PURGE_COMMANDS)
                    .bind(before.as_micros())
                    .bind(ROWS_A_TIME)
                    .execute(&mut *transaction)
                    .await?,
            );
        }
        Ok(deleted)
    }
}

/// Purges the table `commands`; for a sweeper.
#[derive(Clone, Debug)]
pub struct PurgeCommands {
    writer: Writer<Purge>,
}

impl PurgeCommands {
    pub(crate) const fn new(writer: Writer<Purge>) -> Self {
        Self { writer }
    }

    /// Forgets commands older than [`COMMAND_MEMORY_DAYS`]; answers how many.
    ///
    /// # Errors
    /// [`StoreError`]; what was deleted before stays so.
    pub async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let before = now.plus_seconds(-COMMAND_MEMORY_DAYS * DAY_SECONDS);
        let mut total = 0;
        loop {
            let deleted = self.writer.submit_patiently(before).await?;
            total += deleted;
            if deleted < ROWS_A_TIME.cast_unsigned() {
                return Ok(total);
            }
        }
    }
}
