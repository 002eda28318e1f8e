//! `/conversations` as the contract describes it: list, search, take-over, closing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::graphql::gql;
use crate::support::{Answer, TestApp, keys};

const ANNA: &str = "79991112233";
const KEYS: [&str; 16] = [
    "assigned_to",
    "awaiting_people_since",
    "bot",
    "closed_at",
    "created_at",
    "customer",
    "handler",
    "id",
    "is_bot_active",
    "last_message",
    "last_message_at",
    "status",
    "unread_count",
    "updated_at",
    "whatsapp_number_id",
    "window_expires_at",
];

fn path(conversation: &Value, rest: &str) -> String {
    format!(
        "/conversations/{}{rest}",
        conversation["id"].as_str().expect("an id")
    )
}

async fn set_status(app: &TestApp, conversation: &Value, status: &str) -> Answer {
    let body = json!({"status": status});
    app.call(Method::PATCH, &path(conversation, ""), Some(body))
        .await
}

#[tokio::test]
async fn a_conversation_shows_every_documented_key() {
    let app = TestApp::with_number().await;
    let number = app.get("/whatsapp/numbers").await.expect(200)[0]["id"].clone();
    let conversation = app.hears(ANNA, "Анна", "завтра").await;
    assert_eq!(keys(&conversation), KEYS);
    let customer = &conversation["customer"];
    assert_eq!(
        keys(customer),
        ["id", "metadata", "name", "phone_number", "tags", "username"]
    );
    assert_eq!(customer["name"], "Анна");
    assert_eq!(customer["phone_number"], "+79991112233");
    assert_eq!(customer["username"], Value::Null);
    assert_eq!(customer["metadata"], json!({}));
    assert_eq!(customer["tags"], json!([]));
    assert_eq!(conversation["status"], "active");
    assert_eq!(conversation["whatsapp_number_id"], number);
    assert_eq!(
        conversation["handler"],
        json!({"type": "nobody", "id": null, "name": null})
    );
    assert_eq!(conversation["is_bot_active"], false);
    for null in ["bot", "assigned_to", "awaiting_people_since", "closed_at"] {
        assert_eq!(conversation[null], Value::Null, "{null}");
    }
    assert_eq!(conversation["unread_count"], 1);
    let last = &conversation["last_message"];
    assert_eq!(
        keys(last),
        [
            "content",
            "created_at",
            "direction",
            "id",
            "message_type",
            "status"
        ]
    );
    assert_eq!(last["direction"], "inbound");
    assert_eq!(last["status"], "received");
    assert_eq!(last["message_type"], "text");
    for time in [
        "window_expires_at",
        "last_message_at",
        "created_at",
        "updated_at",
    ] {
        let text = conversation[time].as_str().expect(time);
        assert!(text.len() == 24 && text.ends_with('Z'), "{time}: {text}");
    }
    let mut one = app.get(&path(&conversation, "")).await.expect(200);
    // That no bot answers is noted a moment after the message.
    one["updated_at"] = conversation["updated_at"].clone();
    assert_eq!(one, conversation);
}

#[tokio::test]
async fn unknown_and_malformed_ids_are_not_found() {
    let app = TestApp::start().await;
    for id in ["5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f", "1", "%ff", "a%2Fb"] {
        let answer = app.get(&format!("/conversations/{id}")).await;
        assert_eq!(answer.expect(404)["code"], "not_found", "{id}");
        let taken = app
            .post(&format!("/conversations/{id}/takeover"), json!({}))
            .await;
        assert_eq!(taken.expect(404)["code"], "not_found", "{id}");
    }
}

#[tokio::test]
async fn a_conversation_is_taken_once_unless_by_force() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let take = path(&conversation, "/takeover");
    let olga = app.token("agent").await;
    let taken = app.call_as(&olga, Method::POST, &take, None, &[]).await;
    assert!(taken.header("vestnik-position").is_some());
    let taken = taken.expect(200);
    for key in KEYS {
        assert!(taken.get(key).is_some(), "{key}");
    }
    assert_eq!(taken["handler"]["type"], "person");
    assert_eq!(taken["handler"]["name"], "a agent");
    // Whoever handles it, it is assigned to nobody until a person assigns it.
    assert_eq!(taken["assigned_to"], Value::Null);
    assert_eq!(taken["unread_count"], 0);
    let again = app
        .call_as(&olga, Method::POST, &take, Some(json!({})), &[])
        .await;
    assert_eq!(again.expect(200)["updated_at"], taken["updated_at"]);
    let other = app.post(&take, json!({})).await.expect(409);
    assert_eq!(other["code"], "already_taken");
    assert_eq!(other["handler"], taken["handler"]);
    let forced = app
        .post(&take, json!({"force": true, "note": "urgent"}))
        .await
        .expect(200);
    assert_ne!(forced["handler"]["id"], taken["handler"]["id"]);
    let back = app
        .post(&path(&conversation, "/handback"), json!({}))
        .await
        .expect(200);
    assert_eq!(back["handler"]["type"], "nobody");
    let bad = app.post(&take, json!({"force": "yes"})).await.expect(422);
    assert_eq!(bad["errors"][0]["field"], "force");
}

#[tokio::test]
async fn a_conversation_shows_to_whom_it_is_assigned_and_who_handles_it() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    app.token("agent").await;
    let people = gql(&app, "{ people { id name } }", json!({})).await.data();
    let people = people["people"].as_array().expect("people").clone();
    let olga = people.iter().find(|one| one["name"] == "a agent");
    let olga = &olga.expect("the agent")["id"];
    let assign = "mutation($conversation: ID!, $assignee: ID) { assignConversation(input: \
        {conversation: $conversation, assignee: $assignee}) { status } }";
    let id = conversation["id"].as_str().expect("an id");
    let mut variables = json!({ "conversation": format!("conversation:{id}"), "assignee": olga });
    gql(&app, assign, variables.clone()).await.data();
    let assigned = app.get(&path(&conversation, "")).await.expect(200);
    let bare = olga
        .as_str()
        .expect("an id")
        .split_once(':')
        .expect("a kind")
        .1;
    assert_eq!(
        assigned["assigned_to"],
        json!({"id": bare, "name": "a agent"})
    );
    assert_eq!(assigned["handler"]["type"], "nobody");
    // Another takes it over: it stays assigned.
    let taken = app
        .post(&path(&conversation, "/takeover"), json!({}))
        .await
        .expect(200);
    assert_eq!(taken["assigned_to"], assigned["assigned_to"]);
    assert_ne!(taken["handler"]["id"], assigned["assigned_to"]["id"]);
    variables["assignee"] = Value::Null;
    gql(&app, assign, variables).await.data();
    let freed = app.get(&path(&conversation, "")).await.expect(200);
    assert_eq!(freed["assigned_to"], Value::Null);
    assert_eq!(freed["handler"], taken["handler"]);
}

#[tokio::test]
async fn closing_ends_and_writing_reopens() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    app.post(&path(&conversation, "/takeover"), json!({}))
        .await
        .expect(200);
    let closed = set_status(&app, &conversation, "closed").await.expect(200);
    assert_eq!(closed["status"], "closed");
    assert_eq!(closed["handler"]["type"], "nobody");
    assert!(closed["closed_at"].is_string());
    let again = set_status(&app, &conversation, "closed").await.expect(200);
    assert_eq!(again, closed);
    let opened = set_status(&app, &conversation, "active").await.expect(200);
    assert_eq!(opened["status"], "active");
    assert_eq!(opened["closed_at"], Value::Null);
    set_status(&app, &conversation, "closed").await.expect(200);
    let taken = app
        .post(&path(&conversation, "/takeover"), json!({}))
        .await
        .expect(200);
    assert_eq!(taken["status"], "active");
    set_status(&app, &conversation, "closed").await.expect(200);
    let reopened = app.hears(ANNA, "Anna", "me again").await;
    assert_eq!(reopened["id"], conversation["id"]);
    assert_eq!(reopened["status"], "active");
    for body in [
        json!({"status": "archived"}),
        json!({"status": 1}),
        json!({}),
    ] {
        let problem = app
            .call(Method::PATCH, &path(&conversation, ""), Some(body))
            .await
            .expect(422);
        assert_eq!(problem["errors"][0]["field"], "status");
    }
}
