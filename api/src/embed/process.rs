//! Processing a customer's message from a program: the way of a webhook, and what was decided.

use std::sync::Arc;
use std::time::Duration;

use application::ports::clock::Clock;
use application::ports::event_log::RecordedEvent;
use bytes::Bytes;
use domain::any_event::AnyEvent;
use domain::bot_session::BotSessionEvent;
use domain::conversation::{ConversationEvent, Handler, UnansweredReason};
use domain::ids::MessageId;
use infrastructure::system::SystemClock;
use infrastructure::webhook_signature::sign;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::EmbedError;
use crate::bootstrap::Running;
use crate::rest::App;

/// What becomes of a message is decided long before.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);
const BATCH: usize = 200;

/// A text message as Meta would deliver it.
#[derive(Clone, PartialEq, Eq)]
pub struct IncomingText {
    /// Meta's id of our number.
    pub phone_number_id: String,
    /// The customer's number, digits only.
    pub from: String,
    /// Name of the customer's profile.
    pub name: String,
    /// Meta's id of the message; one that came before is not processed again.
    pub id: String,
    /// What the customer wrote.
    pub text: String,
}

impl std::fmt::Debug for IncomingText {
    /// Leaves out who wrote and what.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("IncomingText")
            .field("phone_number_id", &self.phone_number_id)
            .finish_non_exhaustive()
    }
}

/// What was decided about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processed {
    /// A bot took it.
    ByBot,
    /// No bot answers, so a person is needed.
    NeedsOperator(UnansweredReason),
}

impl Processed {
    /// Whether a bot took it: what the Python function returned.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::ByBot)
    }
}

/// Lets bots process messages.
#[derive(Clone, Debug)]
pub struct BotProcessor {
    app: Arc<App>,
}

impl BotProcessor {
    /// Of a running server.
    pub fn new(running: &Running) -> Self {
        Self {
            app: Arc::clone(running.app()),
        }
    }

    /// Receives a message durably and says what the bot made of it.
    ///
    /// # Errors
    /// [`EmbedError`].
    pub async fn process_message(&self, message: &IncomingText) -> Result<Processed, EmbedError> {
        let number = (self.app.directory).number_by_phone_number_id(&message.phone_number_id);
        let own = number
            .as_ref()
            .and_then(|known| known.app_secret.as_deref());
        let secret = own.or(self.app.config.app_secrets.first());
        let secret = secret.ok_or(EmbedError::NoAppSecret)?;
        let body = body(message);
        let signature = sign(secret, &body);
        let before = self.app.log.head();
        let received = self.app.receiver.receive(body, &[&signature]).await?;
        if received.accepted.fresh == 0 {
            return Err(EmbedError::Repeated);
        }
        self.decided(&message.id, before).await
    }

    /// Reads on in the log until something is decided.
    async fn decided(&self, wamid: &str, mut position: u64) -> Result<Processed, EmbedError> {
        let deadline = Instant::now() + DEADLINE;
        let mut message = None;
        loop {
            let events = self.app.log.read_after(position, BATCH).await?;
            for event in &events {
                position = event.position;
                message = message.or_else(|| received(event, wamid));
                let decided = message.and_then(|message| decision(event, message));
                if let Some(decided) = decided {
                    return Ok(decided);
                }
            }
            if events.is_empty() {
                let more = timeout_at(deadline, self.app.log.wait_beyond(position));
                more.await.map_err(|_| EmbedError::Undecided)?;
            }
            if Instant::now() > deadline {
                return Err(EmbedError::Undecided);
            }
        }
    }
}

fn body(message: &IncomingText) -> Bytes {
    let now = SystemClock.now().as_micros() / 1_000_000;
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": message.phone_number_id},
        "contacts": [{"profile": {"name": message.name}, "wa_id": message.from}],
        "messages": [{
            "from": message.from, "id": message.id, "timestamp": now.to_string(),
            "type": "text", "text": {"body": message.text},
        }],
    });
    let delivery = json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "0", "changes": [{"field": "messages", "value": value}]}],
    });
    Bytes::from(delivery.to_string())
}

/// Our id of the message, if this event received it.
fn received(event: &RecordedEvent, wamid: &str) -> Option<MessageId> {
    match &event.data {
        AnyEvent::Conversation(ConversationEvent::MessageReceived {
            message, personal, ..
        }) => {
            let content = personal.open()?;
            (content.wamid == wamid).then_some(*message)
        }
        _ => None,
    }
}

/// What an event decides about a message, if it does.
fn decision(event: &RecordedEvent, of: MessageId) -> Option<Processed> {
    match &event.data {
        AnyEvent::Conversation(ConversationEvent::MessageReceived {
            message,
            handler: Handler::Person(_),
            ..
        }) if *message == of => Some(Processed::NeedsOperator(UnansweredReason::HandledByPerson)),
        AnyEvent::Conversation(ConversationEvent::LeftUnanswered {
            message, reason, ..
        }) if *message == of => Some(Processed::NeedsOperator(*reason)),
        AnyEvent::BotSession(BotSessionEvent::Started { trigger, .. }) if *trigger == Some(of) => {
            Some(Processed::ByBot)
        }
        AnyEvent::BotSession(
            BotSessionEvent::InputTaken { message, .. }
            | BotSessionEvent::InputRefused { message, .. },
        ) if *message == of => Some(Processed::ByBot),
        _ => None,
    }
}
