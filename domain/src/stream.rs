//! What every aggregate offers beyond cqrs-es: a pure `decide`, its subject, its lane and its weight.
//!
//! [`handle`] pipes `decide` into the event sink and is the whole body of every `Aggregate::handle`.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use uuid::Uuid;

use crate::ids::ContactId;

/// Number of lanes: routing and sharding of the log, a stream's lane never changes.
pub const LANES: u16 = 1024;

/// The lane of a conversation, or of a stream that belongs to none.
pub fn lane_of(key: Uuid) -> u16 {
    let bytes = key.as_bytes();
    u16::from_be_bytes([bytes[14], bytes[15]]) % LANES
}

/// A refusal by a rule of the domain, with a stable code that the edge translates.
pub trait Refusal: std::error::Error + Send + Sync + 'static {
    /// Stable snake_case code, e.g. `window_closed`.
    fn code(&self) -> &'static str;
}

/// An aggregate whose events are kept in one stream of the log.
pub trait StreamAggregate:
    Aggregate<Services = (), Error: Refusal, Command: Send + Sync> + Clone + std::fmt::Debug + 'static
{
    /// Every event type this aggregate can write, as stored in `event_type`.
    const EVENT_TYPES: &'static [&'static str];

    /// Decides what a command makes of the state; pure, may refuse.
    ///
    /// # Errors
    /// The rule that refuses the command.
    fn decide(&self, command: &Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// The contact under whose key this stream's personal fields are sealed, once known.
    fn subject(&self) -> Option<ContactId>;

    /// The conversation this stream belongs to, if any: it gives the stream its lane.
    fn lane_key(&self) -> Option<Uuid>;

    /// Roughly how many bytes the state takes in memory, for the cache's budget.
    fn weight_bytes(&self) -> usize;
}

/// Pipes `decide` into the sink, which applies each event to the aggregate.
///
/// # Errors
/// The refusal of `decide`.
pub async fn handle<A: StreamAggregate>(
    aggregate: &mut A,
    command: A::Command,
    sink: &EventSink<A>,
) -> Result<(), A::Error> {
    for event in aggregate.decide(&command)? {
        sink.write(event, aggregate).await;
    }
    Ok(())
}

/// The external tag of an event and its stored type differ by the aggregate's name in front.
pub fn event_type_of<E: DomainEvent>(event: &E) -> String {
    event.event_type()
}
