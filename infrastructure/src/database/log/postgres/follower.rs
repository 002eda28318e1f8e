//! Follows what other nodes append: their events into the ring, their inbox items and outbox rows to who waits
//! for them, their changes of the directory into memory.
//!
//! Looking is the truth, notifications only make it look sooner: every few milliseconds while others append,
//! four times a second otherwise.

use std::sync::Arc;
use std::time::Duration;

use application::ports::StoreError;
use application::ports::event_log::RecordedEvent;
use domain::any_event::aggregate_type;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::LogServer;
use crate::database::context::{AdapterContext, unavailable};
use crate::database::db::{Row, Statement, query};
use crate::database::directory;
use crate::database::leases::LeaseChanges;
use crate::database::log::publish::Publisher;
use crate::database::log::statements::READ_AFTER;
use crate::database::log::upcast::Upcasting;
use crate::database::log::{LogParts, read};
use crate::database::restored::FreezeState;
use crate::database::rows::{signed, unsigned};
use crate::database::write_queue::TransactionTime;

/// Where the log and the inbox end, the server's clock, and how often leases changed.
pub(super) const LOOK: Statement = Statement::for_postgres(
    "log_look",
    "select (select coalesce(max(position), 0) from events), \
       (select item from inbox_counters where one = 1), \
       (extract(epoch from clock_timestamp()) * 1000000)::bigint, \
       (select number from lease_changes where one = 1)",
);

/// Between looks while other nodes append.
const BUSY: Duration = Duration::from_millis(5);
/// Between looks otherwise.
const IDLE: Duration = Duration::from_millis(250);
/// How long a commit of this node may take from the server to the ring.
const OWN_COMMIT: Duration = Duration::from_millis(5);
/// Events read at once.
const BATCH: i64 = 1_000;

/// Follows the other nodes.
#[derive(Debug)]
pub(crate) struct Follower {
    context: AdapterContext,
    publisher: Arc<Publisher>,
    upcasting: Arc<Upcasting>,
    freeze: Arc<FreezeState>,
    lease_changes: Arc<LeaseChanges>,
    time: TransactionTime,
    behind: Arc<Notify>,
}

impl Follower {
    pub(super) fn new(
        context: &AdapterContext,
        parts: &LogParts,
        server: &LogServer,
        behind: Arc<Notify>,
    ) -> Self {
        Self {
            context: context.clone(),
            publisher: Arc::clone(&parts.publisher),
            upcasting: Arc::clone(&parts.upcasting),
            freeze: Arc::clone(&server.freeze),
            lease_changes: Arc::clone(&server.lease_changes),
            time: server.time.clone(),
            behind,
        }
    }

    /// Runs until told to stop.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut pause = IDLE;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.behind.notified() => {}
                () = stop.cancelled() => return,
            }
            pause = match self.look().await {
                Ok(true) => BUSY,
                Ok(false) => (pause * 2).min(IDLE),
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be followed; trying again");
                    IDLE
                }
            };
        }
    }

    /// Looks once; whether there was something of another node.
    async fn look(&self) -> Result<bool, StoreError> {
        let (head, item, micros, leases): (i64, i64, i64, i64) = query(LOOK)
            .fetch_one(&self.context.reads)
            .await
            .map_err(unavailable)?;
        self.time.of(Some(micros));
        self.lease_changes.saw(leases);
        self.publisher.wakers.inbox.advance(item);
        if self.freeze.get().is_some() {
            let mut connection = self.context.reads.acquire().await.map_err(unavailable)?;
            self.freeze
                .reload(&mut connection)
                .await
                .map_err(unavailable)?;
        }
        let head = unsigned(head);
        if !self.is_behind(head).await {
            // The ring may have read on beyond the last look.
            self.publisher.advance(head);
            return Ok(false);
        }
        let mut changes_directory = false;
        while self.publisher.ring.head() < head {
            let events = self.read().await?;
            let Some(last) = events.last().map(|event| event.position) else {
                break;
            };
            changes_directory |= events.iter().any(|event| is_of_directory(event));
            self.publisher.wakers.outbox.advance(signed(last));
        }
        if changes_directory {
            directory::reload(
                &self.context.reads,
                &self.context.keyring,
                &self.publisher.directory,
            )
            .await?;
        }
        self.publisher.advance(head);
        Ok(true)
    }

    /// Whether the ring lacks something besides what this node has just committed and is about to add.
    async fn is_behind(&self, head: u64) -> bool {
        if self.publisher.ring.head() >= head {
            return false;
        }
        let mut known = self.publisher.head.subscribe();
        let own = known.wait_for(|known| *known >= head);
        // Running out of time is the answer for events of others.
        let _ = tokio::time::timeout(OWN_COMMIT, own).await;
        self.publisher.ring.head() < head
    }

    /// Adds the next events to the ring; answers with them.
    async fn read(&self) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
        let ring = &self.publisher.ring;
        let after = ring.head();
        let rows: Vec<Row> = query(READ_AFTER)
            .bind(signed(after))
            .bind(BATCH)
            .fetch_all(&self.context.reads)
            .await
            .map_err(unavailable)?;
        let Some(last) = rows.last() else {
            return Ok(Vec::new());
        };
        let last = unsigned(last.try_get(0).map_err(unavailable)?);
        let events = read::decode(rows, &self.context.subject_keys, &self.upcasting).await?;
        self.publisher.watchers.tell(&events);
        ring.push(events.iter().map(|event| {
            // Its size in the row is not known any more; the ring's own figure an event stands for it.
            (RecordedEvent::clone(event), 0)
        }));
        if ring.head() < last {
            // One was upcast to none or to several: it has no place among dense positions.
            ring.restart(last);
        }
        Ok(events)
    }
}

fn is_of_directory(event: &RecordedEvent) -> bool {
    [
        aggregate_type::NUMBER,
        aggregate_type::BOT,
        aggregate_type::API_TOKEN,
    ]
    .contains(&event.stream.aggregate_type)
}
