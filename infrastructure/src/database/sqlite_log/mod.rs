//! The event log in SQLite: group commit through the write queue, reads from a ring or read connections.
//!
//! Invariants: positions are dense and in commit order; a caller is answered after its transaction is
//! durable; what the ring shows is on disk. Absent on purpose: snapshots.

mod append;
mod check;
mod prepare;
mod purge;
mod read;
mod ring;
mod seal;
mod statements;
mod stored;
#[cfg(test)]
mod tests;
mod upcast;

use std::sync::Arc;

use application::ports::StoreError;
use application::ports::event_log::{
    Commit, CommitError, Committed, EventLog, RecordedEvent, StreamId,
};
use async_trait::async_trait;
use domain::ids::CommandId;
use sqlx::{Row, SqliteConnection};
use tokio::sync::watch;
use uuid::Uuid;

use self::ring::Ring;
use self::statements::{FIND_COMMAND, HEAD, READ_AFTER, READ_STREAM, STREAM_VERSION};
use self::upcast::Upcasting;
use super::context::{AdapterContext, unavailable};
use super::directory::DirectoryState;
use super::wakers::Wakers;
use super::write_queue::Writer;

pub(crate) use append::Append;
pub(crate) use check::read_all;
pub(crate) use purge::Purge;
pub use purge::{COMMAND_MEMORY_DAYS, PurgeCommands};
pub(crate) use statements::STATEMENTS;

/// The log.
#[derive(Debug)]
pub struct SqliteLog {
    context: AdapterContext,
    writer: Writer<Append>,
    ring: Arc<Ring>,
    head: watch::Receiver<u64>,
    epoch: Uuid,
    upcasting: Upcasting,
}

/// What the log shares with its append job: made before the queue, used by both.
#[derive(Debug)]
pub(crate) struct LogParts {
    ring: Arc<Ring>,
    head: watch::Receiver<u64>,
}

impl LogParts {
    /// Reads where the log ends and makes its append job.
    pub(crate) async fn open(
        connection: &mut SqliteConnection,
        context: &AdapterContext,
        directory: Arc<DirectoryState>,
        wakers: Arc<Wakers>,
    ) -> Result<(Self, Append), sqlx::Error> {
        let head: i64 = sqlx::query_scalar(HEAD.sqlite)
            .fetch_one(connection)
            .await?;
        let head = head.cast_unsigned();
        let ring = Arc::new(Ring::new(head));
        let (sender, receiver) = watch::channel(head);
        let append = Append {
            ring: Arc::clone(&ring),
            head: sender,
            subject_keys: Arc::clone(&context.subject_keys),
            directory,
            wakers,
        };
        Ok((
            Self {
                ring,
                head: receiver,
            },
            append,
        ))
    }
}

impl SqliteLog {
    pub(crate) fn new(
        context: AdapterContext,
        parts: LogParts,
        writer: Writer<Append>,
        epoch: Uuid,
    ) -> Self {
        let LogParts { ring, head } = parts;
        Self {
            context,
            writer,
            ring,
            head,
            epoch,
            upcasting: Upcasting::default(),
        }
    }

    async fn read_rows_after(
        &self,
        mut position: u64,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
        loop {
            let rows = sqlx::query(READ_AFTER.sqlite)
                .bind(position.cast_signed())
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_all(&self.context.reads)
                .await
                .map_err(unavailable)?;
            let Some(last) = rows.last().map(|row| row.get::<i64, _>(0).cast_unsigned()) else {
                return Ok(Vec::new());
            };
            let events = read::decode(rows, &self.context.subject_keys, &self.upcasting).await?;
            if !events.is_empty() {
                return Ok(events);
            }
            // Everything read was upcast to nothing; empty would mean the head.
            position = last;
        }
    }
}

#[async_trait]
impl EventLog for SqliteLog {
    async fn append(&self, commit: Commit) -> Result<Committed, CommitError> {
        let prepared = prepare::prepare(&self.context, commit).await?;
        self.writer.submit(prepared).await?.outcome
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        after_version: u64,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
        let rows = sqlx::query(READ_STREAM.sqlite)
            .bind(stream.aggregate_type)
            .bind(stream.id.to_string())
            .bind(after_version.cast_signed())
            .fetch_all(&self.context.reads)
            .await
            .map_err(unavailable)?;
        read::decode(rows, &self.context.subject_keys, &self.upcasting).await
    }

    async fn stream_version(&self, stream: StreamId) -> Result<u64, StoreError> {
        let version: Option<i64> = sqlx::query_scalar(STREAM_VERSION.sqlite)
            .bind(stream.aggregate_type)
            .bind(stream.id.to_string())
            .fetch_optional(&self.context.reads)
            .await
            .map_err(unavailable)?;
        Ok(version.unwrap_or(0).cast_unsigned())
    }

    async fn find_command(
        &self,
        stream: StreamId,
        command: CommandId,
    ) -> Result<Option<Committed>, StoreError> {
        let row = sqlx::query(FIND_COMMAND.sqlite)
            .bind(stream.aggregate_type)
            .bind(stream.id.to_string())
            .bind(command.to_string())
            .fetch_optional(&self.context.reads)
            .await
            .map_err(unavailable)?;
        Ok(row.map(|row| append::duplicate(row.get(0), row.get(1), row.get(2))))
    }

    async fn read_at(&self, position: u64) -> Result<Option<Arc<RecordedEvent>>, StoreError> {
        if let Some(event) = self.ring.at(position) {
            return Ok(Some(event));
        }
        let Some(before) = position.checked_sub(1) else {
            return Ok(None);
        };
        let events = self.read_rows_after(before, 1).await?;
        Ok(events.into_iter().find(|event| event.position == position))
    }

    async fn read_after(
        &self,
        position: u64,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
        match self.ring.after(position, limit) {
            Some(events) => Ok(events),
            None => self.read_rows_after(position, limit).await,
        }
    }

    async fn wait_beyond(&self, position: u64) {
        if self
            .head
            .clone()
            .wait_for(|head| *head > position)
            .await
            .is_err()
        {
            // The writer has stopped and nothing will come: returning would make followers spin.
            std::future::pending::<()>().await;
        }
    }

    fn head(&self) -> u64 {
        *self.head.borrow()
    }

    fn epoch(&self) -> Uuid {
        self.epoch
    }
}
