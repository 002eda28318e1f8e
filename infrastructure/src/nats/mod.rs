//! NATS JetStream: the stream that a copy of the log is published to.
//!
//! Invariants: a message says behind which sequence number it belongs, and the server refuses it anywhere else,
//! so that a stream never has a hole or an event twice, whoever publishes and however long ago; `Nats-Msg-Id` is
//! `EPOCH:POSITION`. A stream that is there is taken as it is: how long it keeps what is people's to set.
//! Absent on purpose: reconnecting, the publisher opens anew.

mod address;
mod look;
mod stream;

use std::time::Duration;

use application::ports::broker::{Broker, BrokerError, BrokerStream, Holds, PublishedId};
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{Config, RawMessageErrorKind, Stream};
use async_nats::jetstream::{self, Context, ErrorCode};
use async_trait::async_trait;

pub use address::{Address, NoAddress};
pub use look::{Seen, look};

use self::stream::NatsStream;

/// How long a connection may take, and an answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// So many messages of others at the end of a stream are looked over.
const LOOK_BACK: u64 = 100;

/// The servers and the stream.
#[derive(Clone, Debug)]
pub struct Nats {
    address: Address,
    stream: String,
}

impl Nats {
    /// Not connected yet.
    pub const fn new(address: Address, stream: String) -> Self {
        Self { address, stream }
    }
}

#[async_trait]
impl Broker for Nats {
    fn stream(&self) -> &str {
        &self.stream
    }

    async fn open(&self) -> Result<Box<dyn BrokerStream>, BrokerError> {
        let context = connect(&self.address).await?;
        let stream = match find(&context, &self.stream).await? {
            Some(stream) => stream,
            None => make(&context, &self.stream).await?,
        };
        let holds = holds(&stream).await?;
        Ok(Box::new(NatsStream::new(context, stream, holds)))
    }
}

/// A connection that is given up when it breaks.
async fn connect(address: &Address) -> Result<Context, BrokerError> {
    let servers = address.servers();
    let options = address
        .options()
        .name("vestnik")
        .connection_timeout(TIMEOUT)
        .request_timeout(Some(TIMEOUT))
        .max_reconnects(servers.len());
    let client = options.connect(servers).await.map_err(unavailable)?;
    let mut context = jetstream::new(client);
    context.set_timeout(TIMEOUT);
    Ok(context)
}

/// The stream, if it is there.
async fn find(context: &Context, name: &str) -> Result<Option<Stream>, BrokerError> {
    match context.get_stream(name).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(answer)
                if answer.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                Ok(None)
            }
            _ => Err(unavailable(error)),
        },
    }
}

/// Makes the stream: in files, without limits.
async fn make(context: &Context, name: &str) -> Result<Stream, BrokerError> {
    let config = Config {
        name: name.to_owned(),
        subjects: vec![format!("{name}.events.>")],
        description: Some("Events of Vestnik: a copy of its log, in order".to_owned()),
        num_replicas: 1,
        ..Config::default()
    };
    let made = context.create_stream(config).await.map_err(unavailable)?;
    tracing::info!(stream = name, "made a stream in NATS");
    Ok(made)
}

/// What a stream held when it was last asked.
async fn holds(stream: &Stream) -> Result<Holds, BrokerError> {
    let state = &stream.cached_info().state;
    if state.last_sequence == 0 {
        return Ok(Holds::Nothing);
    }
    if state.messages == 0 {
        return Ok(Holds::NothingLeft);
    }
    let oldest = state.last_sequence.saturating_sub(LOOK_BACK - 1);
    for sequence in (oldest.max(state.first_sequence)..=state.last_sequence).rev() {
        match stream.get_raw_message(sequence).await {
            Ok(message) => {
                let id = message.headers.get(NATS_MESSAGE_ID);
                let id = id.and_then(|id| id.as_str().parse::<PublishedId>().ok());
                if let Some(id) = id {
                    return Ok(Holds::Last(id));
                }
            }
            // Someone removed it.
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => {}
            Err(error) => return Err(unavailable(error)),
        }
    }
    Ok(Holds::Strangers)
}

fn unavailable(error: impl std::fmt::Display) -> BrokerError {
    BrokerError::Unavailable(error.to_string())
}
