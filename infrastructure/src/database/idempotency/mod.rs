//! Idempotency keys of REST clients. Keys past their 24 hours are taken over in place and swept
//! with the inbox.

#[cfg(test)]
mod tests;

use application::ports::StoreError;
use application::ports::idempotency::{IdempotencyKeys, RememberedRequest};
use async_trait::async_trait;
use domain::ids::TokenId;
use domain::time::Timestamp;

use super::rows::{signed, unsigned};
use super::write_queue::{WriteKind, WriteQueue, Writer};
use crate::database::db::{Connection, Statement, query};

/// How long a key is remembered.
const REMEMBERED_SECONDS: i64 = 86_400;
/// Requests that may wait for a transaction; more are answered with 503.
const CAPACITY: usize = 1_024;

/// Reserves a key unless it was taken after `$5`.
const BEGIN: Statement = Statement::portable(
    "idempotency_begin",
    "insert into idempotency_keys (token, key, request_hash, created_at) values ($1, $2, $3, $4) \
     on conflict (token, key) do update set request_hash = excluded.request_hash, status = null, \
       subject_id = null, position = null, created_at = excluded.created_at \
       where idempotency_keys.created_at <= $5",
);
const FIND: Statement = Statement::portable(
    "idempotency_find",
    "select request_hash, status, subject_id, position from idempotency_keys \
     where token = $1 and key = $2",
);
const FINISH: Statement = Statement::portable(
    "idempotency_finish",
    "update idempotency_keys set request_hash = $3, status = $4, subject_id = $5, position = $6 \
     where token = $1 and key = $2",
);
const FORGET: Statement = Statement::portable(
    "idempotency_forget",
    "delete from idempotency_keys where token = $1 and key = $2",
);

/// The statements of this file.
pub(in crate::database) const STATEMENTS: &[Statement] = &[BEGIN, FIND, FINISH, FORGET];

/// The keys beside a log.
#[derive(Debug)]
pub struct IdempotencyRows {
    writer: Writer<ChangeKey>,
}

impl IdempotencyRows {
    /// The keys with their lane of the write queue.
    pub fn new(queue: &mut WriteQueue) -> Self {
        Self {
            writer: queue.lane(ChangeKey, CAPACITY),
        }
    }

    fn change(token: TokenId, key: &str, action: Action) -> Change {
        Change {
            token: token.to_string(),
            key: key.to_owned(),
            action,
        }
    }
}

#[async_trait]
impl IdempotencyKeys for IdempotencyRows {
    async fn begin(
        &self,
        token: TokenId,
        key: &str,
        request_hash: &str,
    ) -> Result<Option<RememberedRequest>, StoreError> {
        let action = Action::Begin(request_hash.to_owned());
        self.writer.submit(Self::change(token, key, action)).await
    }

    async fn finish(
        &self,
        token: TokenId,
        key: &str,
        answer: RememberedRequest,
    ) -> Result<(), StoreError> {
        let change = Self::change(token, key, Action::Finish(answer));
        self.writer.submit_patiently(change).await.map(|_| ())
    }

    async fn forget(&self, token: TokenId, key: &str) -> Result<(), StoreError> {
        let change = Self::change(token, key, Action::Forget);
        self.writer.submit_patiently(change).await.map(|_| ())
    }
}

#[derive(Debug)]
struct Change {
    token: String,
    key: String,
    action: Action,
}

#[derive(Debug)]
enum Action {
    Begin(String),
    Finish(RememberedRequest),
    Forget,
}

/// Changes keys one after the other; answers a beginning with what is remembered.
#[derive(Debug)]
struct ChangeKey;

#[async_trait]
impl WriteKind for ChangeKey {
    type Input = Change;
    type Output = Option<RememberedRequest>;

    const MAX_BATCH: usize = 128;

    async fn run(
        &self,
        transaction: &mut Connection,
        now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        let mut outputs = Vec::with_capacity(inputs.len());
        for change in inputs {
            outputs.push(match &change.action {
                Action::Begin(hash) => begin(transaction, now, change, hash).await?,
                Action::Finish(answer) => {
                    query(FINISH)
                        .bind(&change.token)
                        .bind(&change.key)
                        .bind(&answer.request_hash)
                        .bind(answer.status)
                        .bind(&answer.subject_id)
                        .bind(answer.position.map(signed))
                        .execute(&mut *transaction)
                        .await?;
                    None
                }
                Action::Forget => {
                    query(FORGET)
                        .bind(&change.token)
                        .bind(&change.key)
                        .execute(&mut *transaction)
                        .await?;
                    None
                }
            });
        }
        Ok(outputs)
    }
}

type Remembered = (String, Option<i64>, Option<String>, Option<i64>);

async fn begin(
    transaction: &mut Connection,
    now: Timestamp,
    change: &Change,
    request_hash: &str,
) -> Result<Option<RememberedRequest>, sqlx::Error> {
    let reserved = query(BEGIN)
        .bind(&change.token)
        .bind(&change.key)
        .bind(request_hash)
        .bind(now.as_micros())
        .bind(now.plus_seconds(-REMEMBERED_SECONDS).as_micros())
        .execute(&mut *transaction)
        .await?;
    if reserved > 0 {
        return Ok(None);
    }
    let (request_hash, status, subject_id, position): Remembered = query(FIND)
        .bind(&change.token)
        .bind(&change.key)
        .fetch_one(transaction)
        .await?;
    Ok(Some(RememberedRequest {
        request_hash,
        status: status.and_then(|status| u16::try_from(status).ok()),
        subject_id,
        position: position.map(unsigned),
    }))
}
