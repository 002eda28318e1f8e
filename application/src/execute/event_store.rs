//! Our log behind cqrs-es's own `EventStore<A>` seam, so that `CqrsFramework` can drive it.
//!
//! `commit` does not apply the events again: the sink already has (cqrs-es 0.5.0's own store does, which
//! corrupts its snapshots).

use std::collections::HashMap;
use std::sync::Arc;

use cqrs_es::{AggregateContext, AggregateError, EventEnvelope, EventStore};
use domain::ids::CommandId;
use domain::stream::lane_of;
use uuid::Uuid;

use super::{Logged, new_event};
use crate::ports::clock::IdGenerator;
use crate::ports::event_log::{Commit, CommitError, EventLog, Metadata, StreamId};

/// The log as an `EventStore`.
#[derive(Clone, Debug)]
pub struct LogEventStore {
    log: Arc<dyn EventLog>,
    ids: Arc<dyn IdGenerator>,
}

/// A loaded aggregate with the version it was loaded at.
#[derive(Debug)]
pub struct LogContext<A> {
    id: Uuid,
    aggregate: A,
    version: u64,
}

impl<A: Logged> AggregateContext<A> for LogContext<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

impl LogEventStore {
    /// A store over a log; `ids` gives each commit its command id.
    pub fn new(log: Arc<dyn EventLog>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { log, ids }
    }
}

impl<A: Logged> EventStore<A> for LogEventStore {
    type AC = LogContext<A>;

    async fn load_events(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let id = parse::<A>(aggregate_id)?;
        let stream = StreamId {
            aggregate_type: A::TYPE,
            id,
        };
        let events = self
            .log
            .read_stream(stream, 0)
            .await
            .map_err(unexpected::<A>)?;
        events
            .iter()
            .map(|event| {
                Ok(EventEnvelope {
                    aggregate_id: aggregate_id.to_owned(),
                    sequence: usize::try_from(event.sequence).map_err(unexpected::<A>)?,
                    payload: A::Event::try_from(&event.data).map_err(unexpected::<A>)?,
                    metadata: HashMap::from([("actor".to_owned(), event.metadata.actor.clone())]),
                })
            })
            .collect()
    }

    async fn load_aggregate(
        &self,
        aggregate_id: &str,
    ) -> Result<Self::AC, AggregateError<A::Error>> {
        let id = parse::<A>(aggregate_id)?;
        let mut aggregate = A::default();
        let mut version = 0;
        for envelope in self.load_events(aggregate_id).await? {
            let envelope: EventEnvelope<A> = envelope;
            aggregate.apply(envelope.payload);
            version = envelope.sequence as u64;
        }
        Ok(LogContext {
            id,
            aggregate,
            version,
        })
    }

    async fn commit(
        &self,
        events: Vec<A::Event>,
        context: Self::AC,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let commit = Commit {
            stream: StreamId {
                aggregate_type: A::TYPE,
                id: context.id,
            },
            expected_version: context.version,
            command_id: CommandId::new(self.ids.next()),
            remember: false,
            events: events.iter().map(new_event).collect(),
            metadata: Metadata {
                actor: metadata
                    .get("actor")
                    .cloned()
                    .unwrap_or_else(|| "system".to_owned()),
                cause: None,
            },
            subject: context.aggregate.subject(),
            lane: lane_of(context.aggregate.lane_key().unwrap_or(context.id)),
            row_ops: Vec::new(),
        };
        match self.log.append(commit).await {
            Ok(_) => {}
            Err(CommitError::Conflict) => return Err(AggregateError::AggregateConflict),
            Err(other) => return Err(unexpected::<A>(other)),
        }
        let first = context.version + 1;
        (first..)
            .zip(events)
            .map(|(sequence, payload)| {
                Ok(EventEnvelope {
                    aggregate_id: context.id.to_string(),
                    sequence: usize::try_from(sequence).map_err(unexpected::<A>)?,
                    payload,
                    metadata: metadata.clone(),
                })
            })
            .collect()
    }
}

fn parse<A: Logged>(aggregate_id: &str) -> Result<Uuid, AggregateError<A::Error>> {
    Uuid::parse_str(aggregate_id).map_err(unexpected::<A>)
}

fn unexpected<A: Logged>(
    error: impl std::error::Error + Send + Sync + 'static,
) -> AggregateError<A::Error> {
    AggregateError::UnexpectedError(Box::new(error))
}
