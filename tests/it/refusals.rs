//! Messages that cannot be written, each with a clear error and nothing recorded.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, inbound_text, now};

const ANNA: &str = "79991112233";

fn path(conversation: &Value) -> String {
    format!(
        "/conversations/{}/messages",
        conversation["id"].as_str().expect("an id")
    )
}

async fn write(app: &TestApp, conversation: &Value, body: Value) -> Answer {
    app.post(&path(conversation), body).await
}

#[tokio::test]
async fn bad_texts_are_named_with_limit_and_actual() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    for (text, actual) in [("x".repeat(4_097), 4_097), ("😀".repeat(2_049), 4_098)] {
        let problem = write(&app, &conversation, json!({"content": text}))
            .await
            .expect(422);
        assert_eq!(problem["code"], "text_too_long");
        assert_eq!(problem["errors"][0]["field"], "content");
        assert_eq!(problem["errors"][0]["limit"], 4_096);
        assert_eq!(problem["errors"][0]["actual"], actual);
    }
    write(&app, &conversation, json!({"content": "😀".repeat(2_048)}))
        .await
        .expect(201);
    for (body, field) in [
        (json!({}), "content"),
        (json!({"content": ""}), "content"),
        (json!({"content": null}), "content"),
        (json!({"content": 5}), "content"),
        (
            json!({"content": "x", "message_type": "hologram"}),
            "message_type",
        ),
        (json!({"content": "x", "message_type": 1}), "message_type"),
        (json!({"content": "x", "keep_bot": "no"}), "keep_bot"),
        (json!({"content": "x", "reply_to": "nonsense"}), "reply_to"),
        (
            json!({"content": "x", "reply_to": conversation["id"]}),
            "reply_to",
        ),
    ] {
        let problem = write(&app, &conversation, body.clone()).await.expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
    let nowhere = app
        .post(
            "/conversations/5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f/messages",
            json!({"content": "x"}),
        )
        .await;
    nowhere.expect(404);
    app.get("/conversations/nonsense/messages")
        .await
        .expect(404);
}

#[tokio::test]
async fn nothing_is_written_where_nothing_can_leave() {
    let app = TestApp::with_number().await;
    let old = inbound_text(ANNA, "wamid.old", now() - 25 * 3_600, "yesterday");
    app.receives(ANNA, "Anna", &[old]).await;
    let conversation = app.conversation(ANNA).await;
    let text = json!({"content": "hello"});
    let problem = write(&app, &conversation, text.clone()).await.expect(409);
    assert_eq!(problem["code"], "window_closed");
    let fresh = app.hears("79992220000", "Boris", "hi").await;
    let number = fresh["whatsapp_number_id"]
        .as_str()
        .expect("an id")
        .to_owned();
    app.call(
        Method::PATCH,
        &format!("/whatsapp/numbers/{number}/toggle"),
        None,
    )
    .await
    .expect(200);
    assert_eq!(
        write(&app, &fresh, text.clone()).await.expect(409)["code"],
        "number_inactive"
    );
    app.call(Method::DELETE, &format!("/whatsapp/numbers/{number}"), None)
        .await
        .expect(204);
    assert_eq!(
        write(&app, &fresh, text).await.expect(409)["code"],
        "number_removed"
    );
    assert_eq!(app.messages(&fresh).await.len(), 1);
}
