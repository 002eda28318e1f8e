//! `/conversations/{id}/messages` as the contract describes it: the timeline, and writing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, inbound_text, keys, now, press};

const ANNA: &str = "79991112233";
const KEYS: [&str; 20] = [
    "content",
    "conversation_id",
    "created_at",
    "delivered_at",
    "direction",
    "edited_at",
    "error",
    "failed_at",
    "id",
    "message_type",
    "payload",
    "reactions",
    "read_at",
    "reply_to",
    "revoked_at",
    "send_state",
    "sender",
    "sent_at",
    "status",
    "whatsapp_message_id",
];

fn path(conversation: &Value) -> String {
    format!(
        "/conversations/{}/messages",
        conversation["id"].as_str().expect("an id")
    )
}

#[track_caller]
fn has_all_keys(message: &Value) {
    for key in KEYS {
        assert!(keys(message).contains(&key), "{key} is missing");
    }
    assert_eq!(keys(&message["sender"]), ["id", "name", "type"]);
}

async fn write(app: &TestApp, conversation: &Value, body: Value) -> Answer {
    app.post(&path(conversation), body).await
}

#[tokio::test]
async fn an_inbound_message_shows_every_documented_key() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Анна", "завтра").await;
    let messages = app.messages(&conversation).await;
    let message = &messages[0];
    has_all_keys(message);
    assert_eq!(message["conversation_id"], conversation["id"]);
    assert_eq!(message["direction"], "inbound");
    assert_eq!(
        message["sender"],
        json!({"type": "customer", "id": conversation["customer"]["id"], "name": "Анна"})
    );
    assert_eq!(message["content"], "завтра");
    assert_eq!(message["status"], "received");
    assert_eq!(message["reactions"], json!([]));
    for null in [
        "payload",
        "send_state",
        "error",
        "reply_to",
        "edited_at",
        "revoked_at",
        "sent_at",
        "delivered_at",
        "read_at",
        "failed_at",
    ] {
        assert_eq!(message[null], Value::Null, "{null}");
    }
}

#[tokio::test]
async fn a_written_message_is_shown_at_once_and_becomes_read() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let answer = write(
        &app,
        &conversation,
        json!({"content": "Привет!", "message_type": "text"}),
    )
    .await;
    let sent = answer.expect(201);
    has_all_keys(&sent);
    assert!(answer.header("vestnik-position").is_some());
    assert!(answer.header("vestnik-stale").is_none());
    assert_eq!(sent["direction"], "outbound");
    assert_eq!(sent["sender"]["type"], "operator");
    assert_eq!(sent["status"], "pending");
    let state = sent["send_state"].as_str().expect("a state");
    assert!(["queued", "attempting"].contains(&state), "{state}");
    let listed = app.messages(&conversation).await;
    assert_eq!(
        listed.last().map(|message| &message["id"]),
        Some(&sent["id"])
    );
    assert_eq!(app.meta.shows(ANNA, 1).await, ["Привет!"]);
    let messages = app
        .messages_when(&conversation, "it is read", |messages| {
            messages
                .last()
                .is_some_and(|message| message["status"] == "read")
        })
        .await;
    let read = &messages[1];
    assert_eq!(read["send_state"], "accepted");
    for time in ["sent_at", "delivered_at", "read_at", "whatsapp_message_id"] {
        assert!(read[time].is_string(), "{time}");
    }
}

#[tokio::test]
async fn the_timeline_pages_both_ways() {
    let app = TestApp::with_number().await;
    let at = now() - 50;
    let messages: Vec<Value> = (0..7)
        .map(|index| {
            inbound_text(
                ANNA,
                &format!("wamid.{index}"),
                at + index,
                &index.to_string(),
            )
        })
        .collect();
    app.receives(ANNA, "Anna", &messages).await;
    let conversation = app
        .conversation_when(ANNA, "all seven", |conversation| {
            conversation["unread_count"] == 7
        })
        .await;
    let shown = |answer: &Answer| -> String {
        let list = answer.expect(200);
        list.as_array()
            .expect("a list")
            .iter()
            .filter_map(|one| one["content"].as_str())
            .collect()
    };
    let link = |answer: &Answer, relation: &str| -> Option<String> {
        let wanted = format!("rel=\"{relation}\"");
        let mut links = answer
            .headers
            .get_all("link")
            .iter()
            .filter_map(|value| value.to_str().ok());
        let found = links.find(|link| link.contains(&wanted))?;
        let target = found.trim_start_matches('<').split('>').next()?;
        Some(target.strip_prefix("/api/v1")?.to_owned())
    };
    let newest = app.get(&format!("{}?limit=3", path(&conversation))).await;
    assert_eq!(shown(&newest), "456");
    let older = app.get(&link(&newest, "prev").expect("older ones")).await;
    assert_eq!(shown(&older), "123");
    let oldest = app.get(&link(&older, "prev").expect("the oldest")).await;
    assert_eq!(shown(&oldest), "0");
    assert_eq!(link(&oldest, "prev"), None);
    let newer = app.get(&link(&oldest, "next").expect("newer ones")).await;
    assert_eq!(shown(&newer), "123");
    let cursor = newer.header("x-next-cursor").expect("a cursor").to_owned();
    let last = app
        .get(&format!("{}?after={cursor}", path(&conversation)))
        .await;
    assert_eq!(shown(&last), "456");
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("before=nonsense", "before"),
        ("after=x", "after"),
    ] {
        let problem = app
            .get(&format!("{}?{query}", path(&conversation)))
            .await
            .expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
    assert_eq!(
        shown(
            &app.get(&format!("{}?limit=999999", path(&conversation)))
                .await
        ),
        "0123456"
    );
}

#[tokio::test]
async fn a_reply_quotes_our_message() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let quoted = app.messages(&conversation).await[0]["id"].clone();
    let sent = write(
        &app,
        &conversation,
        json!({"content": "re", "reply_to": quoted}),
    )
    .await
    .expect(201);
    assert_eq!(sent["reply_to"], quoted);
    app.meta.shows(ANNA, 1).await;
}

#[tokio::test]
async fn writing_takes_over_from_the_bot_unless_it_is_kept() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "hi");
    app.meta.shows(ANNA, 2).await;
    let conversation = app
        .conversation_when(ANNA, "the bot waits", |one| one["is_bot_active"] == true)
        .await;
    assert_eq!(
        keys(&conversation["bot"]),
        ["id", "name", "node_id", "version"]
    );
    write(
        &app,
        &conversation,
        json!({"content": "beside the bot", "keep_bot": true}),
    )
    .await
    .expect(201);
    assert_eq!(app.conversation(ANNA).await["handler"]["type"], "bot");
    app.meta.acts(ANNA, &press("1", "Записаться на услугу"));
    app.meta.shows(ANNA, 4).await;
    write(&app, &conversation, json!({"content": "I take it"}))
        .await
        .expect(201);
    let taken = app.conversation(ANNA).await;
    assert_eq!(taken["handler"]["type"], "person");
    assert_eq!(taken["bot"], Value::Null);
}

#[tokio::test]
async fn writing_reopens_a_closed_conversation() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let one = format!(
        "/conversations/{}",
        conversation["id"].as_str().expect("an id")
    );
    app.call(Method::PATCH, &one, Some(json!({"status": "closed"})))
        .await
        .expect(200);
    write(&app, &conversation, json!({"content": "one more thing"}))
        .await
        .expect(201);
    assert_eq!(app.get(&one).await.expect(200)["status"], "active");
}
