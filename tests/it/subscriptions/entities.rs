//! Subscriptions to rows: as they are now, after their last change, and shown by the lists already.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Socket, ask, graph_id};
use crate::support::{TestApp, inbound_text, now};

const ANNA: &str = "79991112233";
const BORIS: &str = "79994445566";

const CONVERSATIONS: &str = "subscription($after: String, $conversation: ID,
    $filter: ConversationChangeFilter) {
    conversationChanged(after: $after, conversation: $conversation, filter: $filter) {
        cursor matches conversation { id unreadCount status lastMessage { content status }
            handler { type } } } }";
const MESSAGES: &str = "subscription($after: String, $conversation: ID!) {
    messageChanged(after: $after, conversation: $conversation) {
        cursor message { id content status sender { type } } } }";
const NUMBERS: &str = "subscription($after: String) {
    numberChanged(after: $after) { cursor number { id displayName isActive } } }";

async fn writes(app: &TestApp, wa_id: &str, count: usize) {
    for index in 0..count {
        let wamid = format!("wamid.{wa_id}.{index}");
        let message = inbound_text(wa_id, &wamid, now(), &format!("text {index}"));
        app.receives(wa_id, "Somebody", &[message]).await;
    }
}

#[tokio::test]
async fn a_conversation_is_told_as_it_is_after_its_last_change() {
    let app = TestApp::with_number().await;
    let cursor = ask(&app, "{ latestCursor }", Value::Null).await["latestCursor"].clone();
    let mut socket = Socket::admin(&app).await;
    let variables = json!({"after": cursor});
    socket.begin("1", CONVERSATIONS, variables.clone()).await;
    writes(&app, ANNA, 5).await;
    let told = socket
        .data_when(|data| data["conversationChanged"]["conversation"]["unreadCount"] == 5)
        .await;
    let told = told["conversationChanged"].clone();
    assert_eq!(told["conversation"]["lastMessage"]["content"], "text 4");
    let query = "query($id: ID!) { conversation(id: $id) { id unreadCount status
        lastMessage { content status } handler { type } } }";
    let id = told["conversation"]["id"].clone();
    let shown = ask(&app, query, json!({"id": id})).await;
    assert_eq!(shown["conversation"], told["conversation"]);
    // From the same cursor, all at once: the row once, as it is now.
    app.settled().await;
    socket.begin("2", CONVERSATIONS, variables).await;
    let mut again = socket.message().await;
    while again["id"] != "2" {
        again = socket.message().await;
    }
    let again = &again["payload"]["data"]["conversationChanged"];
    assert_eq!(again["conversation"]["unreadCount"], 5);
}

#[tokio::test]
async fn cursors_of_conversations_miss_none_wherever_one_goes_on() {
    let app = TestApp::with_number().await;
    for index in 0..12 {
        writes(&app, &format!("7999111220{index}"), 1).await;
    }
    app.settled().await;
    let mut told = Vec::new();
    let mut after = json!("begin");
    // One change a socket: each goes on from the cursor of the one before.
    for _ in 0..12 {
        let mut socket = Socket::admin(&app).await;
        socket
            .begin("1", CONVERSATIONS, json!({"after": after}))
            .await;
        let change = socket.data().await["conversationChanged"].clone();
        told.push(change["conversation"]["id"].to_string());
        after = change["cursor"].clone();
    }
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 12);
}

#[tokio::test]
async fn one_conversation_or_a_filter_leaves_the_others_out() {
    let app = TestApp::with_number().await;
    let anna = app.hears(ANNA, "Anna", "hi").await;
    let id = graph_id(&anna);
    app.settled().await;
    let mut socket = Socket::admin(&app).await;
    let one = json!({"after": "begin", "conversation": id});
    socket.begin("one", CONVERSATIONS, one).await;
    let told = socket.data().await["conversationChanged"].clone();
    assert_eq!(told["conversation"]["id"], json!(id));
    app.hears(BORIS, "Boris", "hello").await;
    app.settled().await;
    let path = format!(
        "/conversations/{}/takeover",
        anna["id"].as_str().expect("an id")
    );
    app.post(&path, json!({})).await;
    let told = socket
        .data_when(|data| {
            let conversation = &data["conversationChanged"]["conversation"];
            assert_eq!(conversation["id"], json!(id));
            conversation["handler"]["type"] == "PERSON"
        })
        .await;
    assert_eq!(told["conversationChanged"]["matches"], true);
    let filter = json!({"handler": "NOBODY"});
    let variables = json!({"after": "begin", "filter": filter});
    let mut socket = Socket::admin(&app).await;
    socket.begin("1", CONVERSATIONS, variables).await;
    for _ in 0..2 {
        let told = socket.data().await["conversationChanged"].clone();
        let is_anna = told["conversation"]["id"] == json!(id);
        assert_eq!(told["matches"], json!(!is_anna), "{told}");
    }
}

#[tokio::test]
async fn messages_come_and_change_their_status() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    let conversation = app.conversation(ANNA).await;
    let mut socket = Socket::admin(&app).await;
    let variables = json!({"after": "begin", "conversation": graph_id(&conversation)});
    socket.begin("1", MESSAGES, variables).await;
    let mut read = std::collections::BTreeSet::new();
    while read.len() < 2 {
        let message = socket.data().await["messageChanged"]["message"].clone();
        if message["sender"]["type"] == "BOT" && message["status"] == "READ" {
            read.insert(message["content"].to_string());
        }
    }
    assert!(read.contains("\"Что вас интересует?\""), "{read:?}");
}

#[tokio::test]
async fn numbers_are_told_when_they_are_switched() {
    let app = TestApp::start().await;
    let mut socket = Socket::admin(&app).await;
    socket.begin("1", NUMBERS, json!({"after": "begin"})).await;
    let id = app.add_number().await;
    let told = socket.data().await["numberChanged"]["number"].clone();
    assert_eq!(told["displayName"], "Main Number");
    let path = format!("/whatsapp/numbers/{id}/toggle");
    app.call(Method::PATCH, &path, None).await.expect(200);
    let told = socket
        .data_when(|data| data["numberChanged"]["number"]["isActive"] == false)
        .await;
    assert_eq!(
        told["numberChanged"]["number"]["id"],
        format!("number:{id}")
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let mut socket = Socket::admin(&app).await;
    let nobody = "conversation:00000000-0000-0000-0000-000000000000";
    for query in [CONVERSATIONS, MESSAGES] {
        socket
            .begin("1", query, json!({"conversation": nobody}))
            .await;
        assert_eq!(socket.error().await["extensions"]["code"], "NOT_FOUND");
        socket
            .begin("1", query, json!({"conversation": "contact:1"}))
            .await;
        assert_eq!(socket.error().await["extensions"]["code"], "BAD_USER_INPUT");
    }
}
