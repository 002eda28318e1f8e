//! Idempotency keys: repeating a request is safe.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const ANNA: &str = "79991112233";

fn path(conversation: &Value) -> String {
    format!(
        "/conversations/{}/messages",
        conversation["id"].as_str().expect("an id")
    )
}

async fn with_key(app: &TestApp, token: &str, path: &str, text: &str, key: &str) -> Answer {
    let body = json!({"content": text});
    app.call_as(
        token,
        Method::POST,
        path,
        Some(body),
        &[("idempotency-key", key)],
    )
    .await
}

#[tokio::test]
async fn the_same_key_is_the_same_message() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let (path, admin) = (path(&conversation), app.admin_token().to_owned());
    let first = with_key(&app, &admin, &path, "one", "key-1").await;
    let again = with_key(&app, &admin, &path, "one", "key-1").await;
    assert_eq!(first.expect(201)["id"], again.expect(201)["id"]);
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let other = with_key(&app, &admin, &path, "two", "key-1").await;
    assert_eq!(other.expect(409)["code"], "idempotency_key_reused");
    let refused = app
        .call_as(
            &admin,
            Method::POST,
            &path,
            Some(json!({"content": ""})),
            &[("idempotency-key", "key-2")],
        )
        .await;
    refused.expect(422);
    with_key(&app, &admin, &path, "two", "key-2")
        .await
        .expect(201);
    let olga = app.token("agent").await;
    let hers = with_key(&app, &olga, &path, "one", "key-1").await;
    assert_ne!(hers.expect(201)["id"], first.json()["id"]);
    let long = "k".repeat(129);
    for bad in ["", "a b", long.as_str()] {
        let answer = with_key(&app, &admin, &path, "x", bad).await;
        assert_eq!(
            answer.expect(400)["code"],
            "idempotency_key_invalid",
            "{bad:?}"
        );
    }
    assert_eq!(app.messages(&conversation).await.len(), 4);
}

#[tokio::test]
async fn repeating_a_request_at_the_same_time_writes_once() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let (path, admin) = (path(&conversation), app.admin_token().to_owned());
    let answers =
        futures::future::join_all((0..6).map(|_| with_key(&app, &admin, &path, "one", "key")))
            .await;
    let ids: std::collections::BTreeSet<String> = answers
        .iter()
        .map(|answer| answer.expect(201)["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(app.messages(&conversation).await.len(), 2);
}
