//! Every kind of inbound message.

use serde_json::{Value, json};

use crate::support::{TestApp, now, of_type, press};

const ANNA: &str = "79991112233";
const BORIS: &str = "79992220000";

/// Meta's type, its object, and what the timeline shows: type, content, some keys of the payload.
fn kinds() -> Vec<(&'static str, Value, &'static str, &'static str, Value)> {
    let file = |caption: Value| json!({"id": "9", "mime_type": "image/jpeg", "sha256": "x", "caption": caption});
    let media =
        json!({"kind": "media", "mime_type": "image/jpeg", "state": "pending", "url": null});
    vec![
        (
            "text",
            json!({"body": "hello"}),
            "text",
            "hello",
            Value::Null,
        ),
        (
            "image",
            file(json!("a picture")),
            "image",
            "a picture",
            media.clone(),
        ),
        ("video", file(Value::Null), "video", "", media.clone()),
        (
            "audio",
            json!({"id": "9", "mime_type": "audio/ogg; codecs=opus", "voice": true}),
            "audio",
            "",
            json!({"kind": "media", "mime_type": "audio/ogg; codecs=opus"}),
        ),
        (
            "document",
            json!({"id": "9", "mime_type": "image/jpeg", "filename": "a.pdf", "caption": "a bill"}),
            "document",
            "a bill",
            json!({"kind": "media", "file_name": "a.pdf"}),
        ),
        (
            "sticker",
            json!({"id": "9", "mime_type": "image/webp", "animated": false}),
            "sticker",
            "",
            json!({"kind": "media"}),
        ),
        (
            "location",
            json!({"latitude": 55.75, "longitude": 37.61, "name": "Salon", "address": "Street 1"}),
            "location",
            "Salon",
            json!({"kind": "location", "latitude": 55.75, "longitude": 37.61, "address": "Street 1"}),
        ),
        (
            "contacts",
            json!([{"name": {"formatted_name": "Vera"}, "phones": [{"phone": "+1"}]}]),
            "contacts",
            "Vera",
            json!({"kind": "contacts"}),
        ),
        (
            "interactive",
            json!({"type": "button_reply", "button_reply": {"id": "1", "title": "Yes"}}),
            "interactive",
            "Yes",
            json!({"kind": "button_reply", "id": "1", "title": "Yes"}),
        ),
        (
            "interactive",
            json!({"type": "list_reply", "list_reply": {"id": "r", "title": "Row", "description": "D"}}),
            "interactive",
            "Row",
            json!({"kind": "list_reply", "id": "r", "title": "Row", "description": "D"}),
        ),
        (
            "interactive",
            json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "{\"a\":1}"}}),
            "interactive",
            "Sent",
            json!({"kind": "flow_reply", "response_json": "{\"a\":1}"}),
        ),
        (
            "interactive",
            json!({"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}),
            "interactive",
            "",
            json!({"kind": "call_permission_reply", "accepted": true}),
        ),
        (
            "interactive",
            Value::Null,
            "unsupported",
            "",
            json!({"kind": "unsupported", "type": "interactive"}),
        ),
        (
            "button",
            json!({"payload": "p", "text": "Tap"}),
            "button",
            "Tap",
            json!({"kind": "template_button", "payload": "p", "text": "Tap"}),
        ),
        (
            "order",
            json!({"catalog_id": "c", "text": "please", "product_items": [{"product_retailer_id": "s", "quantity": 3, "item_price": 7.5, "currency": "USD"}]}),
            "order",
            "please",
            json!({"kind": "order", "catalog_id": "c"}),
        ),
        (
            "unsupported",
            Value::Null,
            "unsupported",
            "",
            json!({"kind": "unsupported", "type": "unsupported"}),
        ),
        (
            "hologram",
            json!({"x": 1}),
            "unsupported",
            "",
            json!({"kind": "unsupported", "type": "hologram"}),
        ),
    ]
}

#[tokio::test]
async fn every_kind_of_message_shows_in_the_timeline() {
    let app = TestApp::with_number().await;
    let kinds = kinds();
    let messages: Vec<Value> = kinds
        .iter()
        .enumerate()
        .map(|(index, (kind, object, ..))| {
            of_type(ANNA, &format!("wamid.{index}"), kind, object.clone())
        })
        .collect();
    app.receives(ANNA, "Anna", &messages).await;
    let conversation = app
        .conversation_when(ANNA, "all of them", |one| {
            one["unread_count"] == kinds.len()
        })
        .await;
    let shown = app.messages(&conversation).await;
    assert_eq!(shown.len(), kinds.len());
    for (message, (kind, _, message_type, content, payload)) in shown.iter().zip(&kinds) {
        assert_eq!(message["message_type"], *message_type, "{kind}");
        assert_eq!(message["content"], *content, "{kind}");
        assert_eq!(message["direction"], "inbound");
        match payload.as_object() {
            None => assert_eq!(message["payload"], Value::Null, "{kind}"),
            Some(members) => {
                for (name, value) in members {
                    assert_eq!(
                        &message["payload"][name], value,
                        "{kind}: {}",
                        message["payload"]
                    );
                }
            }
        }
    }
    let raw = &shown[kinds.len() - 1]["payload"]["raw"];
    assert_eq!(raw["hologram"]["x"], 1);
}

#[tokio::test]
async fn facts_about_people_start_no_bot_and_are_not_unread() {
    let app = TestApp::with_salon().await;
    let messages = [
        of_type(ANNA, "wamid.w", "request_welcome", Value::Null),
        of_type(
            ANNA,
            "wamid.s",
            "system",
            json!({"body": "Anna changed", "type": "user_changed_number", "wa_id": "79990000000"}),
        ),
        of_type(
            ANNA,
            "wamid.r",
            "reaction",
            json!({"message_id": "wamid.unknown", "emoji": "👍"}),
        ),
        of_type(
            ANNA,
            "wamid.e",
            "edit",
            json!({"original_message_id": "wamid.unknown", "message": {"type": "text", "text": {"body": "new"}}}),
        ),
        of_type(
            ANNA,
            "wamid.d",
            "revoke",
            json!({"original_message_id": "wamid.unknown"}),
        ),
    ];
    app.receives(ANNA, "Anna", &messages).await;
    let conversation = app.conversation(ANNA).await;
    let shown = app
        .messages_when(&conversation, "both notices", |shown| shown.len() == 2)
        .await;
    assert!(
        shown
            .iter()
            .all(|one| one["message_type"] == "system" && one["sender"]["type"] == "system")
    );
    app.meta.types(BORIS, "hi");
    app.meta.shows(BORIS, 2).await;
    assert!(app.meta.answers(ANNA).is_empty());
    let conversation = app.conversation(ANNA).await;
    assert_eq!(conversation["unread_count"], 0);
    assert_eq!(conversation["handler"]["type"], "nobody");
    assert_eq!(conversation["window_expires_at"], Value::Null);
}

#[tokio::test]
async fn facts_about_messages_answer_no_question() {
    let app = TestApp::with_salon().await;
    let hello = app.meta.types(ANNA, "hi");
    app.meta.shows(ANNA, 2).await;
    app.meta.acts(ANNA, &press("1", "Записаться на услугу"));
    app.meta.shows(ANNA, 3).await;
    let before = app
        .conversation_when(ANNA, "a question", |one| {
            one["unread_count"] == 2 && one["bot"]["node_id"] == "ask_name"
        })
        .await;
    let messages = [
        of_type(ANNA, "wamid.w", "request_welcome", Value::Null),
        of_type(
            ANNA,
            "wamid.s",
            "system",
            json!({"body": "notice", "type": "user_changed_number"}),
        ),
        of_type(
            ANNA,
            "wamid.r",
            "reaction",
            json!({"message_id": hello, "emoji": "👍"}),
        ),
        of_type(
            ANNA,
            "wamid.e",
            "edit",
            json!({"original_message_id": hello, "message": {"type": "text", "text": {"body": "hi there"}}}),
        ),
    ];
    app.receives(ANNA, "Anna", &messages).await;
    let shown = app
        .messages_when(&before, "the edit", |shown| {
            shown
                .first()
                .is_some_and(|one| one["content"] == "hi there")
        })
        .await;
    assert_eq!(shown[0]["reactions"][0]["emoji"], "👍");
    assert_eq!(shown[0]["reactions"][0]["from"], "customer");
    assert!(shown[0]["edited_at"].is_string());
    let revoke = of_type(
        ANNA,
        "wamid.d",
        "revoke",
        json!({"original_message_id": hello}),
    );
    let mut unreact = of_type(ANNA, "wamid.u", "reaction", json!({"message_id": hello}));
    // Of two in the same second either could be the later one.
    unreact["timestamp"] = json!((now() + 1).to_string());
    app.receives(ANNA, "Anna", &[revoke, unreact]).await;
    let shown = app
        .messages_when(&before, "the deletion", |shown| {
            shown
                .first()
                .is_some_and(|one| one["revoked_at"].is_string() && one["reactions"] == json!([]))
        })
        .await;
    assert_eq!(shown[0]["content"], "");
    let after = app.conversation(ANNA).await;
    assert_eq!(after["unread_count"], before["unread_count"]);
    assert_eq!(after["bot"]["node_id"], before["bot"]["node_id"]);
    app.meta.types(ANNA, "Анна");
    assert_eq!(app.meta.shows(ANNA, 4).await[3], "На какую дату?");
    let named = app
        .conversation_when(ANNA, "the name", |one| {
            one["customer"]["metadata"]["customer_name"].is_string()
        })
        .await;
    assert_eq!(named["customer"]["metadata"]["customer_name"], "Анна");
}
