//! Given events, when a command, then events or a refusal.

mod bots;
mod golden;
mod people;
mod receiving;
mod work;

use cqrs_es::Aggregate;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::event::{QueuedMessage, ReceivedMessage};
use super::{
    Author, CancelReason, ChangeCause, Conversation, ConversationCommand, ConversationEvent,
    Handler, Person, PersonKind, ReceiveMessage, Received, SendByPerson,
};
use crate::ids::{BotId, ContactId, MessageId, NumberId, SessionId, TokenId};
use crate::message::{Content, MessageType};
use crate::send_guard::NumberFacts;
use crate::time::Timestamp;

const NUMBER: NumberId = NumberId::new(Uuid::from_u128(1));
const CONTACT: ContactId = ContactId::new(Uuid::from_u128(2));
const BOT: BotId = BotId::new(Uuid::from_u128(3));
const SESSION: SessionId = SessionId::new(Uuid::from_u128(4));
const OPEN_NUMBER: NumberFacts = NumberFacts {
    is_active: true,
    is_removed: false,
};

/// A time, in seconds after the story begins.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + seconds)
}

const fn message(number: u128) -> MessageId {
    MessageId::new(Uuid::from_u128(0x100 + number))
}

fn person(name: &str) -> Person {
    let id = TokenId::new(Uuid::from_u128(u128::from(name.as_bytes()[0])));
    Person {
        id,
        kind: PersonKind::Operator,
    }
}

fn body(text: &str) -> ReceivedMessage {
    ReceivedMessage {
        content: Content::text(text),
        wamid: format!("wamid.{text}"),
        quote: None,
        referral: None,
        group_id: None,
    }
}

fn head(number: u128, seconds: i64) -> ReceiveMessage {
    ReceiveMessage {
        number: NUMBER,
        contact: CONTACT,
        message: message(number),
        received_at: at(seconds + 1),
        provider_at: at(seconds),
    }
}

fn started() -> ConversationEvent {
    ConversationEvent::Started {
        at: at(1),
        number: NUMBER,
        contact: CONTACT,
    }
}

/// Message `number`, written at `seconds`, when `handler` was in charge.
fn received(number: u128, seconds: i64, handler: Handler, epoch: u64) -> ConversationEvent {
    ConversationEvent::MessageReceived {
        message: message(number),
        received_at: at(seconds + 1),
        provider_at: at(seconds),
        message_type: MessageType::Text,
        reply_to: None,
        handler,
        epoch,
        personal: body("hi").into(),
    }
}

fn receive(number: u128, seconds: i64) -> ConversationCommand {
    let head = head(number, seconds);
    ConversationCommand::Receive(Received::Message {
        head,
        reply_to: None,
        body: body("hi"),
    })
}

fn changed(seconds: i64, handler: Handler, epoch: u64, cause: ChangeCause) -> ConversationEvent {
    ConversationEvent::HandlerChanged {
        at: at(seconds),
        handler,
        epoch,
        cause,
        awaiting_people_since: None,
        trigger: None,
    }
}

const fn bot() -> Handler {
    Handler::Bot {
        bot: BOT,
        session: SESSION,
    }
}

fn canceled(number: u128, seconds: i64, reason: CancelReason) -> ConversationEvent {
    ConversationEvent::MessageCanceled {
        message: message(number),
        at: at(seconds),
        reason,
    }
}

fn closed(seconds: i64) -> ConversationEvent {
    ConversationEvent::Closed {
        at: at(seconds),
        by: person("anna"),
    }
}

/// A person's message `number`, decided at `seconds`.
fn queued(number: u128, seconds: i64, by: &str, epoch: u64) -> ConversationEvent {
    ConversationEvent::MessageQueued {
        message: message(number),
        at: at(seconds),
        author: Author::Person(person(by)),
        epoch,
        message_type: MessageType::Text,
        reply_to: None,
        repeats: None,
        personal: QueuedMessage {
            content: Content::text("hello"),
            reply_to_wamid: None,
        }
        .into(),
    }
}

fn send(number: u128, seconds: i64, by: &str) -> SendByPerson {
    SendByPerson {
        now: at(seconds),
        message: message(number),
        by: person(by),
        content: Content::text("hello"),
        reply_to: None,
        reply_to_wamid: None,
        repeats: None,
        keep_bot: false,
        queued_bot_messages: Vec::new(),
        number: OPEN_NUMBER,
    }
}

/// One message came, nobody handles.
fn open() -> Vec<ConversationEvent> {
    vec![started(), received(1, 0, Handler::Nobody, 0)]
}

/// A bot handles at epoch 1.
fn with_bot() -> Vec<ConversationEvent> {
    let mut events = open();
    events.push(changed(2, bot(), 1, ChangeCause::BotStarted));
    events
}

/// Anna handles at epoch 1.
fn with_anna() -> Vec<ConversationEvent> {
    let mut events = open();
    events.push(changed(
        2,
        Handler::Person(person("anna")),
        1,
        ChangeCause::TakenOver,
    ));
    events
}

/// The bot handed over at epoch 2: people are awaited.
fn awaiting() -> Vec<ConversationEvent> {
    let mut events = with_bot();
    events.push(ConversationEvent::HandlerChanged {
        at: at(3),
        handler: Handler::Nobody,
        epoch: 2,
        cause: ChangeCause::HandedOver,
        awaiting_people_since: Some(at(3)),
        trigger: None,
    });
    events
}

fn given(events: Vec<ConversationEvent>) -> AggregateTestExecutor<Conversation> {
    TestFramework::with(()).given(events)
}

fn state(events: Vec<ConversationEvent>) -> Conversation {
    let mut state = Conversation::default();
    for event in events {
        state.apply(event);
    }
    state
}
