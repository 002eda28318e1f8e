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

/// A request with a key.
async fn keyed(
    app: &TestApp,
    (method, path): (Method, &str),
    body: Option<Value>,
    key: &str,
) -> Answer {
    let headers = [("idempotency-key", key)];
    app.call_as(app.admin_token(), method, path, body, &headers)
        .await
}

#[track_caller]
fn replayed(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.header("idempotent-replayed"), Some("true"));
    answer.expect(status)
}

#[tokio::test]
async fn edits_switches_and_removals_of_numbers_are_done_once_for_a_key() {
    let app = TestApp::start().await;
    let id = app.add_number().await;
    let path = format!("/whatsapp/numbers/{id}");
    let toggle = format!("{path}/toggle");
    let flip = (Method::PATCH, toggle.as_str());
    let first = keyed(&app, flip.clone(), None, "flip-1").await;
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(first.expect(200)["is_active"], false);
    let again = keyed(&app, flip.clone(), None, "flip-1").await;
    assert_eq!(replayed(&again, 200)["is_active"], false);
    assert_eq!(
        again.header("vestnik-position"),
        first.header("vestnik-position")
    );
    let other = keyed(&app, flip.clone(), None, "flip-2").await;
    assert_eq!(other.expect(200)["is_active"], true);
    // The former answer is read anew: it shows what the number is now.
    assert_eq!(
        replayed(&keyed(&app, flip, None, "flip-1").await, 200)["is_active"],
        true
    );

    let name = |name: &str| Some(json!({ "display_name": name }));
    let put = (Method::PUT, path.as_str());
    keyed(&app, put.clone(), name("One"), "name-1")
        .await
        .expect(200);
    keyed(&app, put.clone(), name("Two"), "name-2")
        .await
        .expect(200);
    let again = keyed(&app, put.clone(), name("One"), "name-1").await;
    assert_eq!(replayed(&again, 200)["display_name"], "Two");
    let reused = [
        keyed(&app, put.clone(), name("Three"), "name-1").await,
        keyed(&app, (Method::DELETE, path.as_str()), None, "name-1").await,
        keyed(
            &app,
            (Method::PUT, "/whatsapp/numbers/other"),
            name("One"),
            "name-1",
        )
        .await,
    ];
    for (answer, (status, code)) in reused.iter().zip([
        (409, "idempotency_key_reused"),
        (409, "idempotency_key_reused"),
        (404, "not_found"),
    ]) {
        assert_eq!(answer.expect(status)["code"], code);
    }

    let delete = (Method::DELETE, path.as_str());
    keyed(&app, delete.clone(), None, "gone-1")
        .await
        .expect(204);
    let again = keyed(&app, delete.clone(), None, "gone-1").await;
    replayed(&again, 204);
    assert!(again.text.is_empty());
    keyed(&app, delete, None, "gone-2").await.expect(404);
}

#[tokio::test]
async fn take_overs_hand_backs_and_closings_are_done_once_for_a_key() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let path = format!(
        "/conversations/{}",
        conversation["id"].as_str().expect("an id")
    );
    let (take, back) = (format!("{path}/takeover"), format!("{path}/handback"));
    let take = (Method::POST, take.as_str());
    let back = (Method::POST, back.as_str());
    let close = (Method::PATCH, path.as_str());
    let taken = keyed(&app, take.clone(), None, "take-1").await.expect(200);
    assert_eq!(taken["handler"]["type"], "person");
    let freed = keyed(&app, back.clone(), None, "back-1").await.expect(200);
    assert_eq!(freed["handler"]["type"], "nobody");
    let again = keyed(&app, take.clone(), None, "take-1").await;
    assert_eq!(replayed(&again, 200)["handler"]["type"], "nobody");
    let body = Some(json!({"status": "closed"}));
    let closed = keyed(&app, close.clone(), body.clone(), "close-1").await;
    assert_eq!(closed.expect(200)["status"], "closed");
    // Taking over opens it again; what was asked before changes nothing of that.
    let retaken = keyed(&app, take, None, "take-2").await.expect(200);
    assert_eq!(
        (&retaken["status"], &retaken["handler"]["type"]),
        (&json!("active"), &json!("person"))
    );
    for (request, body, key) in [(back, None, "back-1"), (close, body, "close-1")] {
        let again = replayed(&keyed(&app, request, body, key).await, 200);
        assert_eq!(again["status"], "active", "{key}");
        assert_eq!(again["handler"]["type"], "person", "{key}");
    }
}
