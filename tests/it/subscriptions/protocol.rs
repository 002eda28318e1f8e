//! The protocol as its specification says: who may speak, and how it ends.

use serde_json::{Value, json};

use super::{EVENTS, Socket};
use crate::support::TestApp;

const ME: &str = "{ me { name } }";

#[tokio::test]
async fn only_a_valid_token_opens_a_socket() {
    let app = TestApp::start().await;
    let mut socket = Socket::plain(&app).await;
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.closed().await, 4403);
    let mut socket = Socket::plain(&app).await;
    socket.init("vst_unknown").await;
    assert_eq!(socket.closed().await, 4403);
    let mut socket = Socket::plain(&app).await;
    socket.begin("1", ME, Value::Null).await;
    assert_eq!(socket.closed().await, 4401);
    let bearer = format!("Bearer {}", app.token("agent").await);
    let headers = [
        ("sec-websocket-protocol", "graphql-transport-ws"),
        ("authorization", bearer.as_str()),
    ];
    let mut socket = Socket::open(&app, &headers).await;
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.message().await["type"], "connection_ack");
    socket.begin("1", ME, Value::Null).await;
    assert_eq!(socket.data().await["me"]["name"], "a agent");
}

#[tokio::test]
async fn another_subprotocol_or_none_is_closed_with_its_code() {
    let app = TestApp::start().await;
    let name = "sec-websocket-protocol";
    for headers in [
        &[][..],
        &[(name, "graphql-ws")],
        &[(name, "soap, graphql-ws")],
    ] {
        let mut socket = Socket::open(&app, headers).await;
        assert_eq!(socket.closed().await, 4406, "{headers:?}");
    }
    let both = [(name, "graphql-ws, graphql-transport-ws")];
    let mut socket = Socket::open(&app, &both).await;
    socket.init(app.admin_token()).await;
    assert_eq!(socket.message().await["type"], "connection_ack");
}

#[tokio::test]
async fn whoever_does_not_say_who_it_is_is_closed_in_time() {
    let app = TestApp::start().await;
    let mut socket = Socket::plain(&app).await;
    assert_eq!(socket.closed().await, 4408);
}

#[tokio::test]
async fn messages_out_of_order_close_the_socket_with_their_codes() {
    let app = TestApp::start().await;
    let mut socket = Socket::admin(&app).await;
    socket.init(app.admin_token()).await;
    assert_eq!(socket.closed().await, 4429);
    let mut socket = Socket::admin(&app).await;
    socket.begin("same", EVENTS, Value::Null).await;
    socket.begin("same", EVENTS, Value::Null).await;
    assert_eq!(socket.closed().await, 4409);
    let long = "x".repeat(129);
    for wrong in [
        json!({"type": "start", "id": "1"}),
        json!({"type": "subscribe", "id": "1"}),
        json!({"type": "subscribe", "id": "", "payload": {"query": ME}}),
        json!({"type": "subscribe", "id": long, "payload": {"query": ME}}),
        json!("hello"),
    ] {
        let mut socket = Socket::admin(&app).await;
        socket.send(wrong.clone()).await;
        assert_eq!(socket.closed().await, 4400, "{wrong}");
    }
}

#[tokio::test]
async fn documents_that_cannot_be_executed_are_errors_of_their_operation() {
    let app = TestApp::start().await;
    let mut socket = Socket::admin(&app).await;
    let wrong = [
        "{ nothing }".to_owned(),
        "subscription {".to_owned(),
        String::new(),
        format!("{{ me {{ name }} }} #{}", "x".repeat(70_000)),
    ];
    for query in wrong {
        socket.begin("1", &query, Value::Null).await;
        let error = socket.error().await;
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
    }
    socket.begin("1", ME, Value::Null).await;
    assert_eq!(socket.data().await["me"]["name"], "cli");
}

#[tokio::test]
async fn errors_are_told_in_the_language_of_the_client() {
    let app = TestApp::start().await;
    let mut socket = Socket::plain(&app).await;
    let bearer = format!("Bearer {}", app.admin_token());
    let payload = json!({"Authorization": bearer, "Accept-Language": "ru"});
    socket
        .send(json!({"type": "connection_init", "payload": payload}))
        .await;
    socket.message().await;
    socket.begin("1", EVENTS, json!({"after": "garbage"})).await;
    let error = socket.error().await;
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains("не является"), "{message}");
}

#[tokio::test]
async fn a_socket_runs_so_many_operations_and_a_token_has_so_many_sockets() {
    let app = TestApp::start().await;
    let mut socket = Socket::admin(&app).await;
    for id in 0..100 {
        socket.begin(&id.to_string(), EVENTS, Value::Null).await;
    }
    socket.begin("one more", ME, Value::Null).await;
    let error = socket.error().await;
    assert_eq!(error["extensions"]["code"], "RATE_LIMITED", "{error}");
    socket.send(json!({"type": "complete", "id": "7"})).await;
    socket.begin("one more", ME, Value::Null).await;
    assert_eq!(socket.data().await["me"]["name"], "cli");
    let mut others = Vec::new();
    for _ in 0..199 {
        others.push(Socket::admin(&app).await);
    }
    let mut refused = Socket::plain(&app).await;
    refused.init(app.admin_token()).await;
    assert_eq!(refused.closed().await, 1013);
    let token = app.token("agent").await;
    Socket::of(&app, &token).await;
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let mut app = TestApp::start().await;
    let mut socket = Socket::admin(&app).await;
    socket.begin("1", EVENTS, Value::Null).await;
    let (code, ()) = futures::future::join(socket.closed(), app.stop()).await;
    assert_eq!(code, 1001);
}
