//! The daily keys that seal inbox bodies. A day is dropped as a whole by dropping its key.

use std::sync::Arc;
use std::time::Duration;

use application::ports::StoreError;
use async_trait::async_trait;
use domain::time::Timestamp;
use moka::sync::Cache;

use super::sql;
use crate::database::context::{corrupt, unavailable};
use crate::database::db::{Connection, Pool, query};
use crate::database::write_queue::{WriteKind, Writer};
use crate::keys::{DataKey, Keyring};

/// Keys kept open at most; a normal day needs one, a rebuild after an outage a week's.
const OPEN_KEYS: u64 = 64;
/// How long a key stays open: a dropped day must not stay readable in memory.
const OPEN_FOR: Duration = Duration::from_hours(1);

/// The UTC day of a time, counted from 1970.
pub(super) const fn day_of(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(86_400_000_000)
}

/// What the seal of a body is bound to.
pub(super) fn body_aad(day: i64) -> Vec<u8> {
    format!("inbox_body|{day}").into_bytes()
}

fn context(day: i64) -> String {
    format!("inbox_day:{day}")
}

/// Whether a day's wrapped key opens under these keys.
pub(crate) fn day_key_opens(keyring: &Keyring, day: i64, wrapped: &[u8]) -> bool {
    keyring.unwrap(&context(day), wrapped).is_ok()
}

/// Opens, makes and caches daily keys.
#[derive(Clone, Debug)]
pub(super) struct DayKeys {
    reads: Pool,
    keyring: Arc<Keyring>,
    writer: Writer<InsertDayKey>,
    open: Cache<i64, Arc<DataKey>>,
}

impl DayKeys {
    pub(super) fn new(reads: Pool, keyring: Arc<Keyring>, writer: Writer<InsertDayKey>) -> Self {
        let open = Cache::builder()
            .max_capacity(OPEN_KEYS)
            .time_to_live(OPEN_FOR)
            .build();
        Self {
            reads,
            keyring,
            writer,
            open,
        }
    }

    /// The key of a day, made if there is none.
    pub(super) async fn for_sealing(&self, day: i64) -> Result<Arc<DataKey>, StoreError> {
        if let Some(key) = self.open.get(&day) {
            return Ok(key);
        }
        let wrapped = if let Some(wrapped) = self.stored(day).await? {
            wrapped
        } else {
            let (_, wrapped) = self
                .keyring
                .new_data_key(&context(day))
                .map_err(|error| StoreError::Unavailable(error.to_string()))?;
            self.writer.submit_patiently((day, wrapped)).await?
        };
        self.unwrap(day, &wrapped)
    }

    /// The key of a day; `None` if the day was dropped.
    pub(super) async fn for_opening(&self, day: i64) -> Result<Option<Arc<DataKey>>, StoreError> {
        if let Some(key) = self.open.get(&day) {
            return Ok(Some(key));
        }
        self.stored(day)
            .await?
            .map(|wrapped| self.unwrap(day, &wrapped))
            .transpose()
    }

    async fn stored(&self, day: i64) -> Result<Option<Vec<u8>>, StoreError> {
        query(sql::DAY_KEY)
            .bind(day)
            .fetch_optional(&self.reads)
            .await
            .map_err(unavailable)
    }

    fn unwrap(&self, day: i64, wrapped: &[u8]) -> Result<Arc<DataKey>, StoreError> {
        let key = self
            .keyring
            .unwrap(&context(day), wrapped)
            .map_err(|error| corrupt("day_keys.wrapped", error))?;
        let key = Arc::new(key);
        self.open.insert(day, Arc::clone(&key));
        Ok(key)
    }
}

/// Stores a day's wrapped key unless there is one; answers with the stored one.
#[derive(Debug)]
pub(super) struct InsertDayKey;

#[async_trait]
impl WriteKind for InsertDayKey {
    type Input = (i64, Vec<u8>);
    type Output = Vec<u8>;

    const MAX_BATCH: usize = 64;

    async fn run(
        &self,
        transaction: &mut Connection,
        _now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        let mut outputs = Vec::with_capacity(inputs.len());
        for (day, wrapped) in inputs {
            query(sql::INSERT_DAY_KEY)
                .bind(day)
                .bind(wrapped.as_slice())
                .execute(&mut *transaction)
                .await?;
            outputs.push(
                query(sql::DAY_KEY)
                    .bind(day)
                    .fetch_one(&mut *transaction)
                    .await?,
            );
        }
        Ok(outputs)
    }
}
