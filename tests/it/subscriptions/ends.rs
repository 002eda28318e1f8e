//! How sockets and their operations end: by the client, by the token, by falling behind.

use application::ports::event_log::{Commit, Metadata, NewEvent, StreamId};
use cqrs_es::DomainEvent as _;
use domain::any_event::aggregate_type;
use domain::bot::BotEvent;
use domain::ids::CommandId;
use domain::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::socket::Came;
use super::{EVENTS, Socket, all_events, ask, position};
use crate::support::TestApp;

const ME: &str = "{ me { name } }";
/// One more than a subscription may fall behind.
const BURST: u64 = 20_001;

#[tokio::test]
async fn a_query_ends_with_complete_and_its_id_is_free_again() {
    let app = TestApp::start().await;
    let mut socket = Socket::admin(&app).await;
    socket.begin("follows", EVENTS, Value::Null).await;
    for _ in 0..3 {
        socket.begin("asks", ME, Value::Null).await;
        let answer = socket.message().await;
        assert_eq!(
            (&answer["type"], &answer["id"]),
            (&json!("next"), &json!("asks"))
        );
        assert_eq!(answer["payload"]["data"]["me"]["name"], "cli");
        let end = socket.message().await;
        assert_eq!(end, json!({"type": "complete", "id": "asks"}));
    }
    // A mutation is no other thing.
    let make = "mutation { makeApiToken(input: {name: \"crm\", role: AGENT}) { status } }";
    socket.begin("asks", make, Value::Null).await;
    assert_eq!(socket.data().await["makeApiToken"]["status"], "DONE");
}

#[tokio::test]
async fn a_subscription_that_the_client_completes_leaves_its_id_free() {
    let app = TestApp::with_number().await;
    let mut socket = Socket::admin(&app).await;
    for _ in 0..3 {
        socket.begin("1", EVENTS, json!({"after": "begin"})).await;
        // The first event of it comes again, so whatever was on its way before is read away.
        while position(&socket.data().await["events"]["event"]) != 1 {}
        socket.send(json!({"type": "complete", "id": "1"})).await;
    }
}

#[tokio::test]
async fn a_client_that_leaves_gets_its_closing_answered() {
    let app = TestApp::start().await;
    let mut socket = Socket::admin(&app).await;
    socket.begin("1", EVENTS, Value::Null).await;
    socket.leave(1000).await;
    assert_eq!(socket.closed().await, 1000);
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_the_socket_with_a_code() {
    let app = TestApp::start().await;
    let mut socket = Socket::admin(&app).await;
    let query = format!("{{ me {{ name }} }} #{}", "x".repeat(10 * 1024 * 1024));
    let message = json!({"type": "subscribe", "id": "1", "payload": {"query": query}});
    assert_eq!(socket.refused(&message).await, 1009);
}

#[tokio::test]
async fn a_revoked_token_ends_its_open_sockets_and_no_others() {
    let app = TestApp::with_number().await;
    let make = "mutation { makeApiToken(input: {name: \"crm\", role: AGENT}) {
        secret apiToken { id } } }";
    let made = ask(&app, make, Value::Null).await["makeApiToken"].clone();
    let secret = made["secret"].as_str().expect("a token");
    let mut follows = Socket::of(&app, secret).await;
    follows.begin("1", EVENTS, Value::Null).await;
    let mut idle = Socket::of(&app, secret).await;
    let mut other = Socket::admin(&app).await;
    let revoke = "mutation($id: ID!) { revokeApiToken(input: {apiToken: $id}) { status } }";
    let revoked = ask(&app, revoke, json!({"id": made["apiToken"]["id"]})).await;
    assert_eq!(revoked["revokeApiToken"]["status"], "DONE");
    assert_eq!(idle.closed().await, 4403);
    assert_eq!(follows.closed().await, 4403);
    let mut again = Socket::plain(&app).await;
    again.init(secret).await;
    assert_eq!(again.closed().await, 4403);
    other.begin("1", ME, Value::Null).await;
    assert_eq!(other.data().await["me"]["name"], "cli");
}

/// So many events at once that whoever follows is behind.
async fn burst(app: &TestApp) {
    let at = Timestamp::from_micros(1_700_000_000_000_000);
    let event = BotEvent::Activated { at };
    let events = (0..BURST).map(|_| NewEvent {
        event_type: event.event_type(),
        event_version: event.event_version(),
        data: event.clone().into(),
    });
    let ids = &app.inside().app().ids;
    let commit = Commit {
        stream: StreamId {
            aggregate_type: aggregate_type::BOT,
            id: ids.next(),
        },
        expected_version: 0,
        command_id: CommandId::new(ids.next()),
        remember: false,
        events: events.collect(),
        metadata: Metadata {
            actor: "cli".to_owned(),
            cause: None,
        },
        subject: None,
        lane: 0,
        row_ops: Vec::new(),
    };
    let appended = app.inside().app().log.append(commit).await;
    appended.expect("the log takes them");
}

#[tokio::test]
async fn a_subscription_that_falls_behind_is_ended_with_a_cursor_to_go_on_from() {
    let app = TestApp::with_number().await;
    let before = all_events(&app).await.len() as u64;
    let mut socket = Socket::admin(&app).await;
    socket.begin("1", EVENTS, Value::Null).await;
    // It has begun once an event comes; which is the first that it did not see is what its end must say.
    let make = "mutation { makeApiToken(input: {name: \"crm\", role: AGENT}) { status } }";
    ask(&app, make, Value::Null).await;
    let mut last = position(&socket.data().await["events"]["event"]);
    assert_eq!(last, before + 1);
    let end = 'ended: loop {
        burst(&app).await;
        let head = last + BURST;
        // Where it had not come to the end of the log yet it reads on, and the next burst finds it there.
        while last < head {
            match socket.came().await {
                Came::Message(message) if message["type"] == "next" => {
                    last = position(&message["payload"]["data"]["events"]["event"]);
                }
                Came::Message(message) => break 'ended message,
                Came::Closed(code) => panic!("closed with {code}"),
            }
        }
    };
    assert_eq!((&end["type"], &end["id"]), (&json!("error"), &json!("1")));
    let extensions = &end["payload"][0]["extensions"];
    assert_eq!(extensions["code"], "RESUME_REQUIRED", "{end}");
    // On the same socket, from that cursor: nothing is missing.
    let after = json!({"after": extensions["cursor"]});
    socket.begin("1", EVENTS, after).await;
    let next = position(&socket.data().await["events"]["event"]);
    assert_eq!(next, last + 1);
}

#[tokio::test]
async fn a_cursor_of_another_log_ends_the_operation_and_not_the_socket() {
    let app = TestApp::with_number().await;
    let other = application::cursor::Cursor::new(Uuid::from_u128(8), 0).to_string();
    let mut socket = Socket::admin(&app).await;
    for (after, problem) in [("garbage", "invalid_cursor"), (&other, "cursor_expired")] {
        socket.begin("1", EVENTS, json!({ "after": after })).await;
        let error = socket.error().await;
        assert_eq!(error["extensions"]["problem"], problem, "{error}");
        assert_eq!(error["extensions"]["violations"][0]["field"], "after");
    }
    socket.begin("1", ME, Value::Null).await;
    assert_eq!(socket.data().await["me"]["name"], "cli");
}
