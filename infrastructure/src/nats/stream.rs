//! An opened stream: publishing in order.

use application::ports::broker::{BrokerError, BrokerStream, Holds, Message, Outcome};
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::Stream;
use async_trait::async_trait;

use super::unavailable;

/// Bytes of a message that are kept for its headers.
const FOR_HEADERS: usize = 1024;
/// Says that an event's payload was left out.
const SHORTENED: &str = "Vestnik-Payload";

/// A stream and where it ends.
#[derive(Debug)]
pub(super) struct NatsStream {
    context: Context,
    stream: Stream,
    holds: Holds,
    last_sequence: u64,
}

impl NatsStream {
    /// A stream as it was when it was last asked.
    pub(super) fn new(context: Context, stream: Stream, holds: Holds) -> Self {
        Self {
            last_sequence: stream.cached_info().state.last_sequence,
            context,
            stream,
            holds,
        }
    }

    fn name(&self) -> &str {
        &self.stream.cached_info().config.name
    }
}

#[async_trait]
impl BrokerStream for NatsStream {
    fn holds(&self) -> Holds {
        self.holds
    }

    fn max_bytes(&self) -> usize {
        let of_stream = self.stream.cached_info().config.max_message_size;
        let of_stream = usize::try_from(of_stream).ok().filter(|size| *size > 0);
        let of_server = self.context.client().max_payload();
        let least = of_stream.map_or(of_server, |size| size.min(of_server));
        least.saturating_sub(FOR_HEADERS)
    }

    async fn publish(&mut self, messages: Vec<Message>) -> Outcome {
        let (mut acknowledgments, mut error) = (Vec::with_capacity(messages.len()), None);
        for (place, message) in messages.into_iter().enumerate() {
            let subject = subject(self.name(), &message);
            let mut publish = PublishMessage::build()
                .message_id(message.id.to_string())
                .expected_stream(self.name())
                .expected_last_sequence(self.last_sequence + place as u64)
                .payload(message.body.into());
            if message.is_shortened {
                publish = publish.header(SHORTENED, "left out");
            }
            match self.context.send_publish(subject, publish).await {
                Ok(acknowledgment) => acknowledgments.push(acknowledgment),
                Err(refused) => {
                    error = Some(read(&refused));
                    break;
                }
            }
        }
        let mut acknowledged = 0;
        for acknowledgment in acknowledgments {
            match acknowledgment.await {
                Ok(stored) => {
                    self.last_sequence = self.last_sequence.max(stored.sequence);
                    acknowledged += 1;
                }
                // What was sent behind it is refused too.
                Err(refused) => {
                    error = Some(read(&refused));
                    break;
                }
            }
        }
        Outcome {
            acknowledged,
            error,
        }
    }

    async fn look(&mut self) -> Result<(), BrokerError> {
        let found = super::find(&self.context, self.name()).await?;
        let is_same = found
            .is_some_and(|stream| stream.cached_info().state.last_sequence == self.last_sequence);
        if is_same {
            Ok(())
        } else {
            Err(BrokerError::Moved)
        }
    }
}

/// `STREAM.events.AGGREGATE.EVENT`.
fn subject(stream: &str, message: &Message) -> String {
    let (aggregate, event) = (token(&message.aggregate_type), token(&message.event_type));
    format!("{stream}.events.{aggregate}.{event}")
}

/// A part of a subject; nothing in it has a meaning for NATS.
fn token(text: &str) -> String {
    text.chars()
        .map(|one| {
            if one.is_ascii_alphanumeric() {
                one
            } else {
                '_'
            }
        })
        .collect()
}

fn read(error: &PublishError) -> BrokerError {
    match error.kind() {
        PublishErrorKind::StreamNotFound
        | PublishErrorKind::WrongLastSequence
        | PublishErrorKind::WrongLastMessageId => BrokerError::Moved,
        _ => unavailable(error),
    }
}
