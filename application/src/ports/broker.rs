//! A message broker outside that keeps a copy of the log in a stream of its own, for consumers that do not ask
//! this server.
//!
//! Invariant: what is acknowledged is in the stream, behind what was acknowledged before, without a hole: a
//! message is taken only directly behind the one it was sent after. Absent on purpose: where to begin, and who
//! may publish; [`crate::publishing`] decides both.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use uuid::Uuid;

/// The id of a published event, written `EPOCH:POSITION`. A restored log has another epoch, so its events have
/// other ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublishedId {
    /// The epoch of the log.
    pub epoch: Uuid,
    /// Place in the log, from 1.
    pub position: u64,
}

impl fmt::Display for PublishedId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.epoch, self.position)
    }
}

/// The text is no id of a published event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a published event")]
pub struct NoPublishedId;

impl FromStr for PublishedId {
    type Err = NoPublishedId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (epoch, position) = text.split_once(':').ok_or(NoPublishedId)?;
        Ok(Self {
            epoch: epoch.parse().map_err(|_| NoPublishedId)?,
            position: position.parse().map_err(|_| NoPublishedId)?,
        })
    }
}

/// What a stream holds when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It is new: nothing was ever put into it.
    Nothing,
    /// It held messages and none is left: they were removed, or became too old.
    NothingLeft,
    /// Its last event.
    Last(PublishedId),
    /// Messages that nobody here published.
    Strangers,
}

/// An event on its way out.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: PublishedId,
    /// The kind of stream it is of.
    pub aggregate_type: String,
    /// What happened.
    pub event_type: String,
    /// As exported, in JSON.
    pub body: Vec<u8>,
    /// The payload was left out, because the whole is larger than the broker takes.
    pub is_shortened: bool,
}

/// Why a broker does not do what it is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// It cannot be reached or refuses; it may work later.
    #[error("{0}")]
    Unavailable(String),
    /// The stream is not as it was left: gone, or someone else wrote into it.
    #[error("the stream is not as it was left")]
    Moved,
}

/// How far a batch came.
#[derive(Debug)]
pub struct Outcome {
    /// So many messages of its beginning are in the stream.
    pub acknowledged: usize,
    /// Why not more.
    pub error: Option<BrokerError>,
}

/// A broker.
#[async_trait]
pub trait Broker: Send + Sync + fmt::Debug {
    /// The name of the stream.
    fn stream(&self) -> &str;

    /// Connects and looks at the stream, which is made if it is not there.
    ///
    /// # Errors
    /// [`BrokerError`].
    async fn open(&self) -> Result<Box<dyn BrokerStream>, BrokerError>;
}

/// An opened stream.
#[async_trait]
pub trait BrokerStream: Send + Sync + fmt::Debug {
    /// What it held when it was opened.
    fn holds(&self) -> Holds;

    /// Bytes that a message's body may have.
    fn max_bytes(&self) -> usize;

    /// Puts messages behind what is there, in order; answers when the broker has stored them.
    async fn publish(&mut self, messages: Vec<Message>) -> Outcome;

    /// Whether the stream is as it was left.
    ///
    /// # Errors
    /// [`BrokerError`].
    async fn look(&mut self) -> Result<(), BrokerError>;
}

#[cfg(test)]
mod tests {
    use super::{NoPublishedId, PublishedId};

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = PublishedId {
            epoch: uuid::Uuid::from_u128(7),
            position: 41,
        };
        let text = "00000000-0000-0000-0000-000000000007:41";
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse(), Ok(id));
        for other in ["", "41", "x:41", "00000000-0000-0000-0000-000000000007:-1"] {
            assert_eq!(other.parse::<PublishedId>(), Err(NoPublishedId), "{other}");
        }
    }
}
