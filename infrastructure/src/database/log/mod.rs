//! The event log: group commit, reads from a ring or read connections.
//!
//! Invariants: positions are dense and in commit order; a caller is answered after its transaction is
//! durable; what the ring shows is on disk. Absent on purpose: snapshots.

mod append;
mod check;
mod postgres;
mod prepare;
mod publish;
mod purge;
mod read;
mod ring;
mod seal;
mod statements;
mod stored;
#[cfg(test)]
mod tests;
mod upcast;
mod watchers;

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::StoreError;
use application::ports::event_log::{
    Commit, CommitError, Committed, EventLog, RecordedEvent, StreamId, StreamWatcher,
};
use application::process::{FORMAT, format_kind};
use async_trait::async_trait;
use domain::ids::CommandId;
use tokio::sync::watch;
use uuid::Uuid;

use self::publish::Publisher;
use self::ring::Ring;
use self::statements::{FIND_COMMAND, HEAD, READ_AFTER, READ_STREAM, STREAM_VERSION};
use self::upcast::Upcasting;
use self::watchers::Watchers;
use super::context::{AdapterContext, unavailable};
use super::directory::DirectoryState;
use super::wakers::Wakers;
use super::write_queue::Writer;
use crate::database::db::{Connection, Row, query};

pub(crate) use append::Append;
pub(crate) use check::read_all;
pub(crate) use postgres::STATEMENTS as POSTGRES_STATEMENTS;
pub(crate) use postgres::{Committers, LogServer};
pub(crate) use purge::Purge;
pub use purge::PurgeCommands;
pub(crate) use statements::STATEMENTS;

/// Events that another node may have told a client of before this node has heard of them: more than are appended
/// between two looks.
const AHEAD: u64 = 10_000;

/// The log.
#[derive(Debug)]
pub struct Log {
    context: AdapterContext,
    appender: Appender,
    ring: Arc<Ring>,
    head: watch::Receiver<u64>,
    epoch: Uuid,
    upcasting: Arc<Upcasting>,
    watchers: Arc<Watchers>,
}

/// Where commits go.
#[derive(Debug)]
pub(crate) enum Appender {
    /// Into the queue of the one writer.
    Sqlite(Writer<Append>),
    /// To the committers of this node.
    Postgres(Committers),
}

/// What the log shares with whoever appends: made first, used by both.
#[derive(Debug)]
pub(crate) struct LogParts {
    head: watch::Receiver<u64>,
    publisher: Arc<Publisher>,
    upcasting: Arc<Upcasting>,
}

/// What this program can read: types of events with their newest versions, and what the process manager stores.
pub(crate) fn known_events() -> BTreeSet<String> {
    let process = (1..=FORMAT).map(format_kind);
    Upcasting::default().kinds().chain(process).collect()
}

impl LogParts {
    /// Reads where the log ends.
    pub(crate) async fn open(
        connection: &mut Connection,
        context: &AdapterContext,
        directory: Arc<DirectoryState>,
        wakers: Arc<Wakers>,
    ) -> Result<Self, sqlx::Error> {
        let head: i64 = query(HEAD).fetch_one(connection).await?;
        let head = head.cast_unsigned();
        let (sender, receiver) = watch::channel(head);
        let publisher = Publisher {
            ring: Arc::new(Ring::new(head)),
            head: sender,
            subject_keys: Arc::clone(&context.subject_keys),
            directory,
            wakers,
            watchers: Arc::default(),
        };
        Ok(Self {
            head: receiver,
            publisher: Arc::new(publisher),
            upcasting: Arc::default(),
        })
    }

    /// The append job of SQLite.
    pub(crate) fn append_job(&self) -> Append {
        Append {
            publisher: Arc::clone(&self.publisher),
        }
    }
}

impl Log {
    pub(crate) fn new(
        context: AdapterContext,
        parts: LogParts,
        appender: Appender,
        epoch: Uuid,
    ) -> Self {
        let LogParts {
            head,
            publisher,
            upcasting,
        } = parts;
        Self {
            context,
            appender,
            ring: Arc::clone(&publisher.ring),
            watchers: Arc::clone(&publisher.watchers),
            head,
            epoch,
            upcasting,
        }
    }

    async fn read_rows_after(
        &self,
        mut position: u64,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
        loop {
            let rows: Vec<Row> = query(READ_AFTER)
                .bind(position.cast_signed())
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_all(&self.context.reads)
                .await
                .map_err(unavailable)?;
            let Some(last) = rows.last().map(|row| row.try_get::<i64, _>(0)) else {
                return Ok(Vec::new());
            };
            let last = last.map_err(unavailable)?.cast_unsigned();
            let events = read::decode(rows, &self.context.subject_keys, &self.upcasting).await?;
            if matches!(self.appender, Appender::Postgres(_)) {
                // A commit of this node moves the head past what the follower has not seen yet.
                self.watchers.tell(&events);
            }
            if !events.is_empty() {
                return Ok(events);
            }
            // Everything read was upcast to nothing; empty would mean the head.
            position = last;
        }
    }
}

#[async_trait]
impl EventLog for Log {
    async fn append(&self, commit: Commit) -> Result<Committed, CommitError> {
        let prepared = prepare::prepare(&self.context, commit).await?;
        match &self.appender {
            Appender::Sqlite(writer) => writer.submit(prepared).await?.outcome,
            Appender::Postgres(committers) => committers.submit(prepared).await,
        }
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        after_version: u64,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
        let rows: Vec<Row> = query(READ_STREAM)
            .bind(stream.aggregate_type)
            .bind(stream.id.to_string())
            .bind(after_version.cast_signed())
            .fetch_all(&self.context.reads)
            .await
            .map_err(unavailable)?;
        read::decode(rows, &self.context.subject_keys, &self.upcasting).await
    }

    async fn stream_version(&self, stream: StreamId) -> Result<u64, StoreError> {
        let version: Option<i64> = query(STREAM_VERSION)
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
        let row: Option<(i64, i64, i64)> = query(FIND_COMMAND)
            .bind(stream.aggregate_type)
            .bind(stream.id.to_string())
            .bind(command.to_string())
            .fetch_optional(&self.context.reads)
            .await
            .map_err(unavailable)?;
        Ok(row.map(|(version, position, at)| append::duplicate(version, position, at)))
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
        match self.ring.after(position, limit, self.head()) {
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

    fn watch_streams(&self, watcher: Arc<dyn StreamWatcher>) {
        self.watchers.add(watcher);
    }

    fn head(&self) -> u64 {
        *self.head.borrow()
    }

    fn reach(&self) -> u64 {
        match &self.appender {
            Appender::Sqlite(_) => self.head(),
            Appender::Postgres(_) => self.head().saturating_add(AHEAD),
        }
    }

    fn epoch(&self) -> Uuid {
        self.epoch
    }
}
