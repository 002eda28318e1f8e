//! Writes whose read models lag: the answer comes after two seconds, says so, and holds what was made all the same.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use crate::graphql::gql;
use crate::support::{TestApp, eventually, keys};

const ANNA: &str = "79991112233";
const STALE: &str = "vestnik-stale";

/// Keeps every read model from being written until it is given back.
async fn hold(app: &TestApp) -> SqliteConnection {
    let file = app.folder.path().join("data/read.db");
    let url = format!("sqlite://{}", file.display());
    let mut held = SqliteConnection::connect(&url).await.expect("the file");
    held.execute("begin immediate").await.expect("the lock");
    held
}

#[tokio::test]
async fn a_write_whose_read_models_lag_says_so_and_answers_with_what_it_made() {
    let app = TestApp::start().await;
    app.add_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let fresh = app.get("/whatsapp/numbers").await.expect(200)[0].clone();
    app.settled().await;
    let held = hold(&app).await;
    let number = json!({
        "display_name": "Second", "phone_number": "+7 900 123-45-68", "phone_number_id": 777,
        "whatsapp_business_account_id": "55", "access_token": "EAAtokenOfTheTests7777",
        "is_active": false,
    });
    let id = conversation["id"].as_str().expect("an id");
    let path = format!("/conversations/{id}/messages");
    let quoted = app.messages(&conversation).await[0]["id"].clone();
    let text = json!({"content": "ours", "reply_to": quoted});
    let send = "mutation($input: SendTextInput!) { sendText(input: $input) { status stale position \
        sent { id } } }";
    let input =
        json!({"input": {"conversation": format!("conversation:{id}"), "content": "theirs"}});
    let rename = format!("/whatsapp/numbers/{}", fresh["id"].as_str().expect("an id"));
    let new_name = Some(json!({"display_name": "Renamed"}));
    let (added, sent, through_graphql, renamed) = futures::join!(
        app.post("/whatsapp/numbers", number),
        app.post(&path, text),
        gql(&app, send, input),
        app.call(Method::PUT, &rename, new_name),
    );
    for answer in [&added, &sent, &renamed] {
        assert_eq!(answer.header(STALE), Some("true"), "{}", answer.text);
        assert!(answer.header("vestnik-position").is_some());
    }
    let (number, message) = (added.expect(201), sent.expect(201));
    assert_eq!(keys(&number), keys(&fresh));
    assert_eq!(message["status"], "pending");
    let through_graphql = through_graphql.data()["sendText"].clone();
    let (status, stale) = (&through_graphql["status"], &through_graphql["stale"]);
    assert_eq!((status, stale), (&json!("DONE"), &json!(true)));
    renamed.expect(200);
    held.close().await.expect("given back");

    app.settled().await;
    let path = added.header("location").expect("where it is");
    let shown = app
        .get(path.strip_prefix("/api/v1").expect("a path"))
        .await
        .expect(200);
    assert_eq!(shown, number);
    let shown = app
        .messages_when(&conversation, "both left", |all| {
            let sent = |one: &&Value| one["send_state"] == "accepted";
            all.iter().filter(sent).count() == 2
        })
        .await;
    let shown = shown.iter().find(|one| one["id"] == message["id"]);
    let shown = shown.expect("the message");
    assert_eq!(keys(shown), keys(&message));
    let same = [
        "conversation_id",
        "direction",
        "sender",
        "message_type",
        "content",
        "payload",
        "reply_to",
        "repeats",
        "created_at",
    ];
    for key in same {
        assert_eq!(shown[key], message[key], "{key}");
    }
    let renamed = app.get("/whatsapp/numbers").await.expect(200);
    assert_eq!(renamed[0]["display_name"], "Renamed");
    // Once they follow, nothing is stale.
    let body = json!({"content": "again"});
    let next = eventually("the read models follow", || async {
        let path = format!("/conversations/{id}/messages");
        let sent = app.post(&path, body.clone()).await;
        sent.header(STALE).is_none().then_some(sent)
    })
    .await;
    assert_eq!(next.expect(201)["content"], "again");
}
