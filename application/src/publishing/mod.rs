//! Publishes every event of the log to a stream of a message broker, for consumers outside.
//!
//! Invariants: one node does it, under a lease; the mark of how far it came moves only behind what the broker
//! has stored, under the fence of the lease. Where to go on is read from the stream itself, so that a broker
//! that lost its end, or everything, gets again what it lacks. Nothing else waits for the broker: while it is
//! away, events wait in the log. Absent on purpose: the broker's protocol.

mod report;
mod resume;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::report::{Report, SHORTEST_PAUSE};
use self::resume::{Refused, resume};
use crate::ports::StoreError;
use crate::ports::broker::{Broker, BrokerError, Holds, Message, Outcome, PublishedId};
use crate::ports::leases::{Fence, Leases, Permit, Work};
use crate::ports::published_marks::PublishedMarks;
use crate::use_cases::exports::{ExportedEvent, Exports, PAGE, PersonalMode};

/// Without a new event the stream is looked at so often, to see whether it is still there.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// What is recorded within it is published at once, so that a mark moves for many events.
const GATHER: Duration = Duration::from_millis(20);
/// How long the stream may be ahead of what this node has heard of the log.
const HEAR_OF: Duration = Duration::from_secs(5);

/// What publishing works with.
#[derive(Clone, Debug)]
pub struct PublisherDeps {
    /// The events as they are exported.
    pub exports: Arc<Exports>,
    /// Where they go.
    pub broker: Arc<dyn Broker>,
    /// How far they went.
    pub marks: Arc<dyn PublishedMarks>,
    /// Whether this node is the one that publishes.
    pub leases: Arc<dyn Leases>,
    /// What becomes of personal data.
    pub personal: PersonalMode,
}

/// The worker.
#[derive(Debug)]
pub struct Publisher(PublisherDeps);

/// Why a session with the broker ended before its lease did.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Publisher {
    /// A publisher that has not begun.
    pub const fn new(deps: PublisherDeps) -> Self {
        Self(deps)
    }

    /// Runs until stopped.
    pub async fn run(self, stop: CancellationToken) {
        let mut changes = self.0.leases.changes();
        let mut report = Report::new();
        loop {
            let Some(permit) = self.0.leases.enter(Work::Publishing) else {
                Report::idle();
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = changes.changed() => continue,
                }
            };
            let fence = permit.fence();
            drop(permit);
            let ended = tokio::select! {
                () = stop.cancelled() => return,
                ended = self.follow(fence, &mut report) => ended,
            };
            let pause = match ended {
                Ok(()) => continue,
                Err(Trouble::Store(StoreError::LeaseLost)) => {
                    self.0.leases.doubt();
                    SHORTEST_PAUSE
                }
                Err(trouble) => report.failed(&trouble.to_string(), self.0.exports.head()),
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Publishes under one lease until it is given up or lost.
    async fn follow(&self, fence: Option<Fence>, report: &mut Report) -> Result<(), Trouble> {
        let exports = &self.0.exports;
        let mark = self.0.marks.find(self.0.broker.stream()).await?;
        let own = mark.filter(|mark| mark.epoch == self.id(0).epoch);
        report.stands(own.map_or(0, |mark| mark.position), exports.head());
        let mut stream = self.0.broker.open().await?;
        let mut at = self.begin(stream.holds(), mark).await?;
        tracing::debug!(position = at, "publishing goes on behind this event");
        report.works();
        if at > 0 && mark != Some(self.id(at)) {
            let Some(_permit) = self.permit(fence.as_ref()) else {
                return Ok(());
            };
            self.put(at, fence.clone()).await?;
        }
        report.stands(at, exports.head());
        loop {
            let Some(permit) = self.permit(fence.as_ref()) else {
                return Ok(());
            };
            let events = exports.page(at, PAGE as u64, self.0.personal).await?;
            if events.is_empty() {
                drop(permit);
                report.stands(at, exports.head().max(at));
                if exports.wait(at, LOOK_EVERY).await {
                    tokio::time::sleep(GATHER).await;
                } else {
                    stream.look().await?;
                }
                continue;
            }
            let max_bytes = stream.max_bytes();
            let messages = events
                .into_iter()
                .map(|event| self.message(event, max_bytes))
                .collect::<Result<_, _>>()?;
            let Outcome {
                acknowledged,
                error,
            } = stream.publish(messages).await;
            if acknowledged > 0 {
                at += acknowledged as u64;
                self.put(at, fence.clone()).await?;
                report.published(acknowledged, at, exports.head());
            }
            if let Some(error) = error {
                return Err(error.into());
            }
        }
    }

    /// The position after which to go on.
    async fn begin(&self, holds: Holds, mark: Option<PublishedId>) -> Result<u64, Trouble> {
        let exports = &self.0.exports;
        let epoch = self.id(0).epoch;
        if let Holds::Last(last) = holds
            && last.epoch == epoch
            && last.position > exports.head()
        {
            // The last publisher may have heard of events that this node has not.
            exports.wait(last.position - 1, HEAR_OF).await;
        }
        Ok(resume(holds, mark, epoch, exports.head())?)
    }

    /// Leave to publish under the same lease.
    fn permit(&self, fence: Option<&Fence>) -> Option<Permit> {
        let permit = self.0.leases.enter(Work::Publishing)?;
        (permit.fence().as_ref() == fence).then_some(permit)
    }

    fn id(&self, position: u64) -> PublishedId {
        PublishedId {
            epoch: self.0.exports.log.epoch(),
            position,
        }
    }

    async fn put(&self, at: u64, fence: Option<Fence>) -> Result<(), StoreError> {
        let stream = self.0.broker.stream();
        self.0.marks.put(stream, self.id(at), fence).await
    }

    /// An event as it goes out. One that is larger than the broker takes goes without its payload, because
    /// whoever counts positions must not miss it.
    fn message(&self, mut event: ExportedEvent, max_bytes: usize) -> Result<Message, StoreError> {
        let mut body = json(&event)?;
        let is_shortened = body.len() > max_bytes;
        if is_shortened {
            tracing::warn!(
                event.position = event.position,
                size_bytes = body.len(),
                "an event is larger than NATS takes: published without its payload"
            );
            event.payload = Value::Null;
            body = json(&event)?;
        }
        Ok(Message {
            id: self.id(event.position),
            aggregate_type: event.aggregate_type,
            event_type: event.event_type,
            body,
            is_shortened,
        })
    }
}

fn json(event: &ExportedEvent) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(event).map_err(|error| StoreError::Corrupt(error.to_string()))
}
