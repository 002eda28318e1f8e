//! The subscription to events: once, in order, from any cursor.

use serde_json::{Value, json};

use super::{EVENTS, Socket, all_events, position};
use crate::support::TestApp;

const ANNA: &str = "79991112233";

/// The next events up to a position.
async fn until(socket: &mut Socket, last: u64) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let change = socket.data().await["events"].clone();
        let at = position(&change["event"]);
        events.push(change);
        if at >= last {
            return events;
        }
    }
}

fn positions(changes: &[Value]) -> Vec<u64> {
    let changes = changes.iter();
    changes.map(|change| position(&change["event"])).collect()
}

#[tokio::test]
async fn what_is_there_comes_first_and_then_what_happens() {
    let app = TestApp::with_number().await;
    app.hears(ANNA, "Anna", "one").await;
    let head = all_events(&app).await.len() as u64;
    let mut socket = Socket::admin(&app).await;
    socket.begin("1", EVENTS, json!({"after": "begin"})).await;
    let mut seen = positions(&until(&mut socket, head).await);
    app.hears(ANNA, "Anna", "two, and more").await;
    app.settled().await;
    let head = all_events(&app).await.len() as u64;
    seen.extend(positions(&until(&mut socket, head).await));
    assert_eq!(seen, (1..=head).collect::<Vec<_>>());
}

#[tokio::test]
async fn without_a_cursor_only_what_happens_next_comes() {
    let app = TestApp::with_number().await;
    let mut socket = Socket::admin(&app).await;
    socket.begin("1", EVENTS, Value::Null).await;
    socket.begin("2", "{ me { name } }", Value::Null).await;
    while socket.message().await["type"] != "complete" {}
    let before = all_events(&app).await.len() as u64;
    app.hears(ANNA, "Anna", "hi").await;
    let first = socket.data().await;
    assert_eq!(position(&first["events"]["event"]), before + 1);
}

#[tokio::test]
async fn any_cursor_goes_on_behind_its_event() {
    let app = TestApp::with_number().await;
    app.hears(ANNA, "Anna", "hi").await;
    app.settled().await;
    let all = all_events(&app).await;
    let head = all.len() as u64;
    let mut socket = Socket::admin(&app).await;
    for event in &all[..all.len() - 1] {
        let id = event["position"].as_str().expect("a position");
        socket
            .begin(id, EVENTS, json!({"after": event["cursor"]}))
            .await;
        let rest = positions(&until(&mut socket, head).await);
        assert_eq!(rest, (position(event) + 1..=head).collect::<Vec<_>>());
        socket.send(json!({"type": "complete", "id": id})).await;
    }
}

#[tokio::test]
async fn filters_choose_streams_and_types() {
    let app = TestApp::with_number().await;
    let anna = app.hears(ANNA, "Anna", "hi").await;
    app.hears("79994445566", "Boris", "hello").await;
    let stream = super::graph_id(&anna);
    let mut socket = Socket::admin(&app).await;
    let filter = json!({"streams": [stream], "eventTypes": ["ConversationMessageReceived"]});
    let variables = json!({"after": "begin", "filter": filter});
    socket.begin("1", EVENTS, variables).await;
    let event = socket.data().await["events"]["event"].clone();
    assert_eq!(event["stream"], json!(stream));
    assert_eq!(
        event["payload"]["MessageReceived"]["personal"]["content"]["text"]["body"],
        "hi"
    );
    let filter = json!({"streamKinds": ["NUMBER"]});
    let variables = json!({"after": "begin", "filter": filter});
    socket.begin("2", EVENTS, variables).await;
    let event = socket.data().await["events"]["event"].clone();
    assert_eq!(event["eventType"], "NumberAdded");
}

#[tokio::test]
async fn wrong_cursors_and_filters_are_refused_with_codes() {
    let app = TestApp::with_number().await;
    let many: Vec<String> = (0..101).map(|_| "BotCreated".to_owned()).collect();
    let mut socket = Socket::admin(&app).await;
    let table = [
        (json!({"after": "garbage"}), "after", "invalid_cursor"),
        (
            json!({"filter": {"streams": ["planet:1"]}}),
            "filter.streams[0]",
            "invalid_id",
        ),
        (
            json!({"filter": {"eventTypes": ["Nothing"]}}),
            "filter.eventTypes[0]",
            "unknown_event_type",
        ),
        (
            json!({"filter": {"eventTypes": many}}),
            "filter.eventTypes",
            "too_many_values",
        ),
    ];
    for (variables, field, code) in table {
        socket.begin("1", EVENTS, variables.clone()).await;
        let error = socket.error().await;
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
        let violation = &error["extensions"]["violations"][0];
        assert_eq!(violation["field"], field, "{error}");
        assert_eq!(violation["code"], code, "{error}");
    }
}

#[tokio::test]
async fn roles_see_what_they_may_read() {
    let app = TestApp::with_number().await;
    app.hears(ANNA, "Anna", "secret words").await;
    app.settled().await;
    let all = all_events(&app).await;
    let analyst = app.token("analyst").await;
    let mut socket = Socket::of(&app, &analyst).await;
    socket.begin("1", EVENTS, json!({"after": "begin"})).await;
    let seen = until(&mut socket, all.len() as u64).await;
    assert_eq!(seen.len(), all.len());
    let text = json!(seen).to_string();
    assert!(text.contains("ConversationMessageReceived"));
    for secret in ["secret words", ANNA, "Anna", "wamid."] {
        assert!(!text.contains(secret), "an analyst reads {secret}");
    }
    let agent = app.token("agent").await;
    let mut socket = Socket::of(&app, &agent).await;
    socket.begin("1", EVENTS, json!({"after": "begin"})).await;
    let customers = ["contact:", "conversation:", "message:", "session:", "deal:"];
    let of_customers = |event: &&Value| {
        let kind = event["eventType"].as_str().expect("a type");
        kind.starts_with("Contact") || kind.starts_with("Conversation")
    };
    for expected in all.iter().filter(of_customers) {
        let event = socket.data().await["events"]["event"].clone();
        assert_eq!(event["position"], expected["position"]);
        assert_eq!(event["masked"], false);
        let stream = event["stream"].as_str().expect("a stream");
        assert!(
            customers.iter().any(|kind| stream.starts_with(kind)),
            "{stream}"
        );
    }
}
