//! Given events, when a command, then events. Sessions are brought to a state by their own commands.

mod answering;
mod ending;
mod golden;
mod property;
mod rendering;
mod resuming;
mod running;
mod salon;

use std::sync::Arc;

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::bot::BlobHash;
use crate::bot::scenario::Scenario;
use crate::ids::{BotId, ContactId, ConversationId, MessageId, NumberId, SessionId, derive_beside};
use crate::message::{Button, Content};
use crate::stream::StreamAggregate;
use crate::time::Timestamp;

const SESSION: SessionId = SessionId::new(Uuid::from_u128(4));
const BOT: BotId = BotId::new(Uuid::from_u128(3));
const CONVERSATION: ConversationId = ConversationId::new(Uuid::from_u128(5));
const EPOCH: Uuid = Uuid::from_u128(0xe0);
const CONTACT: ContactId = ContactId::new(Uuid::from_u128(2));

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + seconds)
}

const fn message(number: u128) -> MessageId {
    MessageId::new(Uuid::from_u128(0x100 + number))
}

/// The id of what the session says as message `ordinal` of a turn.
fn said(turn: u32, ordinal: usize) -> MessageId {
    MessageId::new(derive_beside(
        SESSION.into(),
        format!("message|{SESSION}|{turn}|{ordinal}|{EPOCH}").as_bytes(),
    ))
}

fn context(seconds: i64) -> TurnContext {
    TurnContext {
        now: at(seconds),
        expiry_seconds: 3600,
        log_epoch: EPOCH,
        ..TurnContext::default()
    }
}

fn scenario(nodes: Value, edges: Value) -> Arc<Scenario> {
    let json = json!({"nodes": nodes, "edges": edges}).to_string();
    Arc::new(Scenario::parse(json).expect("a valid scenario"))
}

/// A welcome node that asks for the name, answers with it and ends.
fn asking() -> Arc<Scenario> {
    scenario(
        json!([
            {"id": "w", "type": "welcome", "data": {"message": "Hi"}},
            {"id": "q", "type": "question", "data": {"question": "Name?", "saveAs": "name"}},
            {"id": "m", "type": "message", "data": {"message": "Hello {{name}}"}},
        ]),
        json!([{"source": "w", "target": "q"}, {"source": "q", "target": "m"}]),
    )
}

/// Buttons `Да` and `Нет` with these edges to the messages `a`, `b` and `c`.
fn choosing(edges: Value) -> Arc<Scenario> {
    let buttons = json!([{"id": "1", "label": "Да"}, {"id": "2", "label": "Нет"}]);
    scenario(
        json!([
            {"id": "w", "type": "welcome", "data": {"message": "Hi"}},
            {"id": "b", "type": "buttons", "data": {"message": "Sure?", "buttons": buttons}},
            {"id": "a", "type": "message", "data": {"message": "A"}},
            {"id": "c", "type": "message", "data": {"message": "C"}},
        ]),
        match edges {
            Value::Array(mut edges) => {
                edges.push(json!({"source": "w", "target": "b"}));
                Value::Array(edges)
            }
            other => other,
        },
    )
}

fn input(number: u128, seconds: i64, text: &str) -> Input {
    Input {
        message: message(number),
        received_at: at(seconds),
        text: Some(text.to_owned()),
        press: None,
    }
}

fn press(number: u128, seconds: i64, id: &str, title: &str) -> Input {
    let button = Button {
        id: id.to_owned(),
        title: title.to_owned(),
    };
    Input {
        press: Some(button),
        ..input(number, seconds, title)
    }
}

fn start(scenario: &Arc<Scenario>) -> BotSessionCommand {
    BotSessionCommand::Start {
        start: StartSession {
            session: SESSION,
            conversation: CONVERSATION,
            contact: CONTACT,
            number: NumberId::new(Uuid::from_u128(1)),
            bot: BOT,
            version: 7,
            definition: BlobHash("a".repeat(64)),
            epoch: 1,
            trigger: Some(input(0, 0, "привет")),
        },
        scenario: Arc::clone(scenario),
        context: context(0),
    }
}

/// An input at its own time, on a question that began to leave at second 1.
fn take(scenario: &Arc<Scenario>, input: Input) -> BotSessionCommand {
    BotSessionCommand::TakeInput {
        context: TurnContext {
            now: input.received_at,
            ..context(0)
        },
        input,
        asked_at: AskedAt::Attempted(at(1)),
        scenario: Arc::clone(scenario),
    }
}

fn send_failed(scenario: &Arc<Scenario>, message: MessageId) -> BotSessionCommand {
    BotSessionCommand::SendFailed {
        message,
        code: "window_closed".to_owned(),
        scenario: Arc::clone(scenario),
        context: context(9),
    }
}

/// The events of commands carried out one after the other.
fn story(commands: Vec<BotSessionCommand>) -> Vec<BotSessionEvent> {
    let mut session = BotSession::default();
    let mut story = Vec::new();
    for command in commands {
        for event in session
            .decide(&command)
            .expect("the command is not refused")
        {
            session.apply(event.clone());
            story.push(event);
        }
    }
    story
}

/// The events of the last of these commands.
async fn last(mut commands: Vec<BotSessionCommand>) -> Vec<BotSessionEvent> {
    let command = commands.pop().expect("at least one command");
    TestFramework::<BotSession>::with(())
        .given(story(commands))
        .when_async(command)
        .await
        .inspect_result()
        .expect("the command is not refused")
}

fn state(events: &[BotSessionEvent]) -> BotSession {
    let mut state = BotSession::default();
    for event in events {
        state.apply(event.clone());
    }
    state
}

fn entered(turn: u32, node: &str, node_type: &str) -> BotSessionEvent {
    let (node, node_type) = (node.to_owned(), node_type.to_owned());
    BotSessionEvent::NodeEntered {
        turn,
        node,
        node_type,
    }
}

fn composed(turn: u32, ordinal: usize, node: &str, text: &str) -> BotSessionEvent {
    BotSessionEvent::MessageComposed {
        message: said(turn, ordinal),
        turn,
        node: node.to_owned(),
        personal: Composed {
            content: Content::text(text),
        }
        .into(),
    }
}

fn waiting(
    wait: u32,
    node: &str,
    kind: WaitKind,
    question: MessageId,
    seconds: i64,
) -> BotSessionEvent {
    BotSessionEvent::Waiting {
        wait,
        node: node.to_owned(),
        kind,
        question,
        since: at(seconds),
        expires_at: at(seconds + 3600),
    }
}

fn taken(number: u128, seconds: i64, wait: u32, node: &str, text: &str) -> BotSessionEvent {
    BotSessionEvent::InputTaken {
        at: at(seconds),
        message: message(number),
        wait,
        node: node.to_owned(),
        personal: InputText {
            text: text.to_owned(),
        }
        .into(),
    }
}

fn refused(
    number: u128,
    seconds: i64,
    wait: Option<u32>,
    reason: RefusedReason,
) -> BotSessionEvent {
    BotSessionEvent::InputRefused {
        at: at(seconds),
        message: message(number),
        wait,
        reason,
    }
}

fn completed(seconds: i64, node: &str, missing_branch: Option<&str>) -> BotSessionEvent {
    BotSessionEvent::Completed {
        at: at(seconds),
        node: node.to_owned(),
        missing_branch: missing_branch.map(str::to_owned),
    }
}

/// What was said, in order.
fn texts(events: &[BotSessionEvent]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| match event {
            BotSessionEvent::MessageComposed { personal, .. } => personal.open(),
            _ => None,
        })
        .map(|composed| composed.content.display_text().to_owned())
        .collect()
}

const fn is_end(event: &BotSessionEvent) -> bool {
    matches!(
        event,
        BotSessionEvent::HandedOver { .. }
            | BotSessionEvent::Completed { .. }
            | BotSessionEvent::Expired { .. }
            | BotSessionEvent::Failed { .. }
    )
}
