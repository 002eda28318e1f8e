//! The activity read model: each figure from a list of events.

mod bots;
mod days;
mod messages;
mod people;
mod properties;

use domain::any_event::aggregate_type;
use domain::bot_session::BotSessionEvent;
use domain::conversation::{ChangeCause, ConversationEvent, Handler};
use domain::ids::{BotId, MessageId, NumberId, SessionId};
use domain::message::{Content, MessageType};
use domain::time::Timestamp;

use super::{Activity, Day, DayRange};
use crate::testing::{Lab, at, message_id, session_started, uuid};

/// Seconds from the tests' noon to the next day in UTC.
pub(super) const NEXT_DAY: i64 = 50_000;

pub(super) async fn lab() -> Lab {
    Lab::new().await
}

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(super) fn november() -> DayRange {
    DayRange::new(day("2026-11-01"), day("2026-11-30")).unwrap()
}

pub(super) fn bot(id: u128) -> BotId {
    BotId::new(uuid(id))
}

pub(super) fn number(id: u128) -> NumberId {
    NumberId::new(uuid(id))
}

/// What happened in November.
pub(super) async fn shown(lab: &Lab) -> Activity {
    lab.catch_up().await;
    let reads = lab.projections.reads();
    reads.activity(november(), None, None).await.unwrap()
}

/// What of it is a bot's.
pub(super) async fn shown_of(lab: &Lab, bot_id: u128) -> Activity {
    lab.catch_up().await;
    let reads = lab.projections.reads();
    reads
        .activity(november(), None, Some(bot(bot_id)))
        .await
        .unwrap()
}

/// The bot 30 handles the conversation in the tests' only session of it.
pub(super) fn by_bot() -> Handler {
    Handler::Bot {
        bot: bot(30),
        session: SessionId::new(uuid(31)),
    }
}

pub(super) fn handler(
    seconds: i64,
    handler: Handler,
    cause: ChangeCause,
    awaiting_people_since: Option<Timestamp>,
) -> ConversationEvent {
    ConversationEvent::HandlerChanged {
        at: at(seconds),
        handler,
        epoch: 1,
        cause,
        awaiting_people_since,
        trigger: None,
    }
}

/// A text of the customer that met a handler.
pub(super) fn met(message: u128, seconds: i64, handler: Handler) -> ConversationEvent {
    ConversationEvent::MessageReceived {
        message: message_id(message),
        received_at: at(seconds),
        provider_at: at(seconds),
        message_type: MessageType::Text,
        reply_to: None,
        handler,
        epoch: 1,
        personal: domain::conversation::ReceivedMessage {
            content: Content::text("x"),
            wamid: "wamid.x".to_owned(),
            quote: None,
            referral: None,
            group_id: None,
        }
        .into(),
    }
}

/// Events of a session.
pub(super) fn session(lab: &Lab, id: u128, events: impl IntoIterator<Item = BotSessionEvent>) {
    for event in events {
        lab.log.push(aggregate_type::BOT_SESSION, uuid(id), event);
    }
}

/// A run of bot 30 in the conversation of customer 5.
pub(super) fn start() -> BotSessionEvent {
    session_started(5, 30)
}

pub(super) fn enter(node: &str) -> BotSessionEvent {
    BotSessionEvent::NodeEntered {
        turn: 1,
        node: node.to_owned(),
        node_type: "message".to_owned(),
    }
}

pub(super) fn press(message: MessageId, button: &str, seconds: i64) -> BotSessionEvent {
    BotSessionEvent::ButtonPressed {
        at: at(seconds),
        message,
        bot: bot(30),
        version: 3,
        node: "menu".to_owned(),
        button_id: button.to_owned(),
        title: format!("Button {button}"),
    }
}
