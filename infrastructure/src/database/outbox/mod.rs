//! The outbox: claims, releases and what is known of a message.
//!
//! Rows are inserted, settled and canceled by the row operations of commits, in the same write queue (SQLite)
//! or under the same row locks (PostgreSQL): exactly one of a claim and a cancellation finds the row queued.

pub(in crate::database) mod sql;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use application::ports::StoreError;
use application::ports::clock::Clock;
use application::ports::leases::Fence;
use application::ports::outbox::{
    Claimed, Freeze, Outbox, OutboxRow, OutboxState, RETENTION_SECONDS, Thawed,
};
use async_trait::async_trait;
use domain::bot_session::AskedAt;
use domain::ids::{ConversationId, MessageId, NumberId};
use domain::time::Timestamp;

use super::context::{AdapterContext, unavailable};
use super::leases;
use super::restored::{FreezeState, Thaw};
use super::rows::{decode, json, parse, signed, small, unreadable, unsigned};
use super::wakers::Wakers;
use super::write_queue::{WriteKind, WriteQueue, Writer};
use crate::database::db::{Connection, FromRow, Pool, Row, query};

/// Jobs that may wait; their callers wait for room.
const CAPACITY: usize = 1_024;

/// States of a question that never left.
const NOT_ASKED: [&str; 2] = [OutboxState::Queued.as_str(), OutboxState::Canceled.as_str()];

/// The outbox of a log.
#[derive(Debug)]
pub struct OutboxStore {
    reads: Pool,
    wakers: Arc<Wakers>,
    clock: Arc<dyn Clock>,
    claim: Writer<ClaimRows>,
    release: Writer<ReleaseRow>,
    thaw: Writer<Thaw>,
    freeze: Arc<FreezeState>,
}

impl OutboxStore {
    /// The outbox with its lanes of the write queue.
    pub fn new(
        context: &AdapterContext,
        queue: &mut WriteQueue,
        wakers: &Arc<Wakers>,
        freeze: Arc<FreezeState>,
    ) -> Self {
        Self {
            reads: context.reads.clone(),
            wakers: Arc::clone(wakers),
            clock: Arc::clone(&context.clock),
            claim: queue.lane(ClaimRows(Arc::clone(&freeze)), CAPACITY),
            release: queue.lane(ReleaseRow, CAPACITY),
            thaw: queue.lane(Thaw(Arc::clone(&freeze)), 1),
            freeze,
        }
    }
}

#[async_trait]
impl Outbox for OutboxStore {
    async fn unsettled(
        &self,
        after_position: u64,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let latest = self.wakers.outbox.latest();
        let rows: Vec<StoredRow> = query(sql::UNSETTLED)
            .bind(signed(after_position))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.reads)
            .await
            .map_err(unavailable)?;
        if rows.is_empty() {
            self.wakers
                .outbox
                .found_none(signed(after_position), latest);
        }
        rows.into_iter().map(StoredRow::parse).collect()
    }

    async fn unsettled_of(
        &self,
        numbers: &[NumberId],
        after_position: u64,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let latest = self.wakers.outbox.latest();
        let rows: Vec<StoredRow> = query(sql::UNSETTLED_OF)
            .bind(json(numbers).map_err(unavailable)?)
            .bind(signed(after_position))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.reads)
            .await
            .map_err(unavailable)?;
        if rows.is_empty() {
            self.wakers
                .outbox
                .found_none(signed(after_position), latest);
        }
        rows.into_iter().map(StoredRow::parse).collect()
    }

    async fn wait_for_rows(&self, after_position: u64) {
        self.wakers.outbox.wait(signed(after_position)).await;
    }

    async fn claim(
        &self,
        messages: Vec<MessageId>,
        timeout_seconds: u32,
        fence: Option<Fence>,
    ) -> Result<Vec<Claimed>, StoreError> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = self
            .claim
            .submit_patiently((messages, timeout_seconds, fence))
            .await?;
        claimed.ok_or(StoreError::LeaseLost)
    }

    fn frozen(&self) -> Option<Freeze> {
        self.freeze.get()
    }

    async fn thaw(&self, by: &str) -> Result<Thawed, StoreError> {
        self.thaw.submit_patiently(by.to_owned()).await
    }

    async fn waiting(&self) -> Result<u64, StoreError> {
        let waiting: i64 = query(sql::WAITING)
            .fetch_one(&self.reads)
            .await
            .map_err(unavailable)?;
        Ok(unsigned(waiting))
    }

    async fn oldest_due_seconds(&self) -> Result<u64, StoreError> {
        if self.freeze.get().is_some() {
            return Ok(0);
        }
        let now = self.clock.now();
        let since: Option<i64> = query(sql::OLDEST_DUE)
            .bind(now.as_micros())
            .fetch_optional(&self.reads)
            .await
            .map_err(unavailable)?;
        let age = since.map_or(0, |since| now.micros_since(Timestamp::from_micros(since)));
        Ok(unsigned(age / 1_000_000))
    }

    async fn release(
        &self,
        message: MessageId,
        attempt: u32,
        not_before: Timestamp,
        fence: Option<Fence>,
    ) -> Result<(), StoreError> {
        let released = self
            .release
            .submit_patiently((message, attempt, not_before, fence))
            .await?;
        if released {
            Ok(())
        } else {
            Err(StoreError::LeaseLost)
        }
    }

    async fn find(&self, message: MessageId) -> Result<Option<OutboxRow>, StoreError> {
        let row: Option<StoredRow> = query(sql::FIND)
            .bind(message.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(unavailable)?;
        row.map(StoredRow::parse).transpose()
    }

    async fn asked_at(&self, question: MessageId, since: Timestamp) -> Result<AskedAt, StoreError> {
        let row: Option<(String, Option<i64>)> = query(sql::ASKED_AT)
            .bind(question.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(unavailable)?;
        // A released attempt certainly had no effect and leaves no beginning behind.
        Ok(match row {
            Some((_, Some(started_at))) => AskedAt::Attempted(Timestamp::from_micros(started_at)),
            Some((state, None)) if NOT_ASKED.contains(&state.as_str()) => AskedAt::NotYet,
            None if self.clock.now() <= since.plus_seconds(RETENTION_SECONDS) => AskedAt::NotYet,
            Some(_) | None => AskedAt::Forgotten,
        })
    }

    async fn of_conversation(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let rows: Vec<StoredRow> = query(sql::OF_CONVERSATION)
            .bind(conversation.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(unavailable)?;
        rows.into_iter().map(StoredRow::parse).collect()
    }

    async fn states(
        &self,
        messages: &[MessageId],
    ) -> Result<HashMap<MessageId, OutboxState>, StoreError> {
        let rows: Vec<(String, String, i64)> = query(sql::STATES)
            .bind(json(messages).map_err(unavailable)?)
            .fetch_all(&self.reads)
            .await
            .map_err(unavailable)?;
        rows.into_iter()
            .map(|(message, state, _)| {
                let state = OutboxState::parse(&state).ok_or_else(|| unreadable("outbox.state"))?;
                Ok((parse(&message, "outbox.message")?, state))
            })
            .collect()
    }
}

struct StoredRow {
    message: String,
    number: String,
    conversation: String,
    contact: String,
    position: i64,
    epoch: i64,
    session: Option<String>,
    turn: Option<i64>,
    state: String,
    attempt: i64,
    deadline: Option<i64>,
    not_before: Option<i64>,
}

impl FromRow for StoredRow {
    fn from_row(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            message: row.try_get("message")?,
            number: row.try_get("number")?,
            conversation: row.try_get("conversation")?,
            contact: row.try_get("contact")?,
            position: row.try_get("position")?,
            epoch: row.try_get("epoch")?,
            session: row.try_get("session")?,
            turn: row.try_get("turn")?,
            state: row.try_get("state")?,
            attempt: row.try_get("attempt")?,
            deadline: row.try_get("deadline")?,
            not_before: row.try_get("not_before")?,
        })
    }
}

impl StoredRow {
    fn parse(self) -> Result<OutboxRow, StoreError> {
        let turn = match (self.session, self.turn) {
            (Some(session), Some(turn)) => Some((parse(&session, "outbox.session")?, small(turn))),
            _ => None,
        };
        Ok(OutboxRow {
            message: parse(&self.message, "outbox.message")?,
            number: parse(&self.number, "outbox.number")?,
            conversation: parse(&self.conversation, "outbox.conversation")?,
            contact: parse(&self.contact, "outbox.contact")?,
            position: unsigned(self.position),
            epoch: unsigned(self.epoch),
            turn,
            state: OutboxState::parse(&self.state).ok_or_else(|| unreadable("outbox.state"))?,
            attempt: small(self.attempt),
            deadline: self.deadline.map(Timestamp::from_micros),
            not_before: self.not_before.map(Timestamp::from_micros),
        })
    }
}

/// Begins attempts; none while the outbox is frozen, whoever asks.
#[derive(Debug)]
struct ClaimRows(Arc<FreezeState>);

#[async_trait]
impl WriteKind for ClaimRows {
    type Input = (Vec<MessageId>, u32, Option<Fence>);
    /// `None`: the lease has changed hands.
    type Output = Option<Vec<Claimed>>;

    const MAX_BATCH: usize = 128;

    async fn run(
        &self,
        transaction: &mut Connection,
        now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        if self.0.get().is_some() {
            return Ok(inputs.iter().map(|_| Some(Vec::new())).collect());
        }
        let mut attempts: HashMap<MessageId, u32> = HashMap::new();
        let mut lost: HashSet<(String, i64)> = HashSet::new();
        let timeouts: BTreeSet<u32> = inputs.iter().map(|(_, timeout, _)| *timeout).collect();
        for timeout in timeouts {
            let asked: Vec<_> = inputs
                .iter()
                .filter(|(_, of, _)| *of == timeout)
                .flat_map(|(messages, _, fence)| {
                    let fence = fence.as_ref();
                    let lease = fence.map(|fence| (&*fence.lease, fence.token));
                    messages.iter().map(move |message| {
                        (message, lease.map(|one| one.0), lease.map(|one| one.1))
                    })
                })
                .collect();
            let rows: Vec<(String, Option<i64>, Option<i64>)> = query(sql::CLAIM)
                .bind(json(&asked)?)
                .bind(now.as_micros())
                .bind(deadline(now, timeout).as_micros())
                .fetch_all(&mut *transaction)
                .await?;
            for (name, attempt, token) in rows {
                match (attempt, token) {
                    (Some(attempt), _) => {
                        attempts.insert(decode(&name, "outbox.message")?, small(attempt));
                    }
                    (None, token) => {
                        lost.insert((name, token.unwrap_or_default()));
                    }
                }
            }
        }
        let outputs = inputs
            .iter()
            .map(|(messages, timeout, fence)| {
                let is_lost = fence
                    .as_ref()
                    .is_some_and(|fence| lost.contains(&(fence.lease.to_string(), fence.token)));
                let claimed = messages.iter().filter_map(|message| {
                    Some(Claimed {
                        message: *message,
                        attempt: attempts.remove(message)?,
                        started_at: now,
                        deadline: deadline(now, *timeout),
                    })
                });
                let claimed: Vec<Claimed> = claimed.collect();
                (!is_lost).then_some(claimed)
            })
            .collect();
        Ok(outputs)
    }
}

fn deadline(now: Timestamp, timeout_seconds: u32) -> Timestamp {
    now.plus_seconds(i64::from(timeout_seconds))
}

/// Puts attempts without effect back.
#[derive(Debug)]
struct ReleaseRow;

#[async_trait]
impl WriteKind for ReleaseRow {
    type Input = (MessageId, u32, Timestamp, Option<Fence>);
    /// `false`: the lease has changed hands.
    type Output = bool;

    const MAX_BATCH: usize = 128;

    async fn run(
        &self,
        transaction: &mut Connection,
        _now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        let fences = inputs.iter().map(|(.., fence)| fence);
        let lost = leases::lost(transaction, fences).await?;
        let mut released = vec![true; inputs.len()];
        for (place, (message, attempt, not_before, _)) in inputs.iter().enumerate() {
            if lost.contains(&place) {
                released[place] = false;
                continue;
            }
            query(sql::RELEASE)
                .bind(message.to_string())
                .bind(*attempt)
                .bind(not_before.as_micros())
                .execute(&mut *transaction)
                .await?;
        }
        Ok(released)
    }
}
