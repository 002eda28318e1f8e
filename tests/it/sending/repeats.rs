//! Sending again by a person's will what did not arrive: the new message names the old one, and only what did not
//! arrive can be named.

use api::simulator::fault::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ANNA, in_state, message_when, open, send};
use crate::graphql::gql;
use crate::support::{Answer, ScenarioJson, TestApp};

const KEY: &str = "idempotency-key";

fn path(conversation: &Value) -> String {
    let id = conversation["id"].as_str().expect("an id");
    format!("/conversations/{id}/messages")
}

async fn repeat(app: &TestApp, conversation: &Value, old: &Value) -> Answer {
    let body = json!({"content": "once more", "repeats": old});
    app.post(&path(conversation), body).await
}

#[track_caller]
fn refused(answer: &Answer) {
    assert_eq!(answer.expect(409)["code"], "message_not_repeatable");
}

#[tokio::test]
async fn what_failed_was_rejected_or_is_unknown_is_repeated_by_name() {
    let (app, conversation) = open(Vec::new()).await;
    app.meta.will([Fault::Reject(131_009)]);
    let rejected = send(&app, &conversation, "rejected").await;
    in_state(&app, &conversation, &rejected, "rejected").await;
    app.meta.will([Fault::FailLater(131_026)]);
    let failed = send(&app, &conversation, "failed").await;
    message_when(&app, &conversation, &failed, "failed", |one| {
        one["status"] == "failed"
    })
    .await;
    app.meta.will([Fault::ErrorBeforeApply]);
    let unknown = send(&app, &conversation, "unknown").await;
    in_state(&app, &conversation, &unknown, "unknown").await;
    for old in [rejected, failed, unknown] {
        let anew = repeat(&app, &conversation, &old).await.expect(201);
        assert_eq!(anew["repeats"], old);
        assert_ne!(anew["id"], old);
        let sent = in_state(&app, &conversation, &anew["id"], "accepted").await;
        assert_eq!(sent["repeats"], old);
        // The old one stays what it was.
        let messages = app.messages(&conversation).await;
        let same = messages.iter().find(|one| one["id"] == old);
        assert_eq!(same.expect("the old one")["repeats"], Value::Null);
        // What arrived is not repeated, the repetition neither.
        refused(&repeat(&app, &conversation, &anew["id"]).await);
    }
    let shown = super::shown(&app);
    assert_eq!(shown.iter().filter(|text| *text == "once more").count(), 3);
}

#[tokio::test]
async fn what_was_canceled_is_repeated_also_with_buttons_through_graphql() {
    let scenario = ScenarioJson::new()
        .welcome("a", "one")
        .message("b", "two")
        .edge("a", "b");
    let app = TestApp::with_bot(&scenario).await;
    app.meta.will([Fault::Reject(131_009)]);
    app.meta.types(ANNA, "hi");
    let conversation = app.conversation(ANNA).await;
    let messages = app
        .messages_when(&conversation, "the turn is over", |all| {
            all.iter().any(|one| one["status"] == "canceled")
        })
        .await;
    let canceled = messages.iter().find(|one| one["status"] == "canceled");
    let canceled = &canceled.expect("a canceled one")["id"];
    let id = |kind: &str, id: &Value| format!("{kind}:{}", id.as_str().expect("an id"));
    let input = json!({
        "conversation": id("conversation", &conversation["id"]), "content": "two",
        "repeats": id("message", canceled),
    });
    let text = "mutation($input: SendTextInput!) { sendText(input: $input) {
        status message nextStep sent { id repeats { id } } } }";
    let sent = gql(&app, text, json!({ "input": input })).await.data()["sendText"].clone();
    assert_eq!(sent["status"], "DONE", "{sent}");
    assert_eq!(sent["sent"]["repeats"]["id"], input["repeats"]);
    let mut question = input.clone();
    question["buttons"] = json!([{"id": "yes", "title": "Yes"}]);
    let buttons = text
        .replace("SendTextInput", "SendButtonsInput")
        .replace("sendText", "sendButtons");
    let asked = gql(&app, &buttons, json!({ "input": question }))
        .await
        .data();
    assert_eq!(asked["sendButtons"]["status"], "DONE");
    let repeated = &asked["sendButtons"]["sent"]["repeats"]["id"];
    assert_eq!(*repeated, input["repeats"]);
    // What was just sent cannot be repeated, as the payload says.
    question["repeats"] = sent["sent"]["id"].clone();
    let refused = gql(&app, &buttons, json!({ "input": question }))
        .await
        .data();
    let refused = &refused["sendButtons"];
    assert_eq!(refused["status"], "MESSAGE_NOT_REPEATABLE");
    assert_eq!(refused["sent"], Value::Null);
    assert!(refused["nextStep"].is_string() && refused["message"].is_string());
}

#[tokio::test]
async fn what_is_no_failed_message_of_this_conversation_is_refused_in_both_languages() {
    let (app, conversation) = open(Vec::new()).await;
    let inbound = app.messages(&conversation).await[0]["id"].clone();
    refused(&repeat(&app, &conversation, &inbound).await);
    app.meta.will([Fault::Reject(131_009)]);
    let rejected = send(&app, &conversation, "rejected").await;
    in_state(&app, &conversation, &rejected, "rejected").await;
    app.meta.types("79994440002", "I am another");
    let other = app.conversation("79994440002").await;
    let strangers = [
        rejected.clone(),
        json!("5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f"),
        json!("1"),
    ];
    for stranger in strangers {
        let problem = repeat(&app, &other, &stranger).await.expect(422);
        let error = &problem["errors"][0];
        assert_eq!(
            (&error["field"], &error["code"]),
            (&json!("repeats"), &json!("unknown_message"))
        );
    }
    assert_eq!(
        repeat(&app, &other, &json!(7)).await.expect(422)["errors"][0]["code"],
        "invalid_type"
    );
    let body = json!({"content": "once more", "repeats": inbound});
    let russian = [("accept-language", "ru")];
    let said = app
        .call_as(
            app.admin_token(),
            Method::POST,
            &path(&conversation),
            Some(body),
            &russian,
        )
        .await
        .expect(409);
    assert_eq!(said["title"], "Сообщение нельзя повторить");
    // Nothing of all this was recorded.
    assert_eq!(app.messages(&conversation).await.len(), 2);
    assert_eq!(app.messages(&other).await.len(), 1);
    // Without, or with null, nothing is repeated.
    let plain = json!({"content": "plain", "repeats": null});
    let plain = app.post(&path(&conversation), plain).await.expect(201);
    assert_eq!(plain["repeats"], Value::Null);
}

#[tokio::test]
async fn the_request_is_known_again_when_the_old_message_arrived_after_all() {
    let (app, conversation) = open(Vec::new()).await;
    app.meta.keeps_statuses();
    app.meta.will([Fault::ErrorAfterApply]);
    let unknown = send(&app, &conversation, "unknown").await;
    in_state(&app, &conversation, &unknown, "unknown").await;
    let body = json!({"content": "once more", "repeats": unknown});
    let ask = async || {
        let headers = [(KEY, "repeat-1")];
        let body = Some(body.clone());
        app.call_as(
            app.admin_token(),
            Method::POST,
            &path(&conversation),
            body,
            &headers,
        )
        .await
    };
    let first = ask().await.expect(201);
    let wamid = app.meta.answers(ANNA)[0].id.clone();
    let mut late = crate::support::status(ANNA, &wamid, crate::support::now(), "delivered");
    late["biz_opaque_callback_data"] = unknown.clone();
    let delivery = crate::support::Delivery::new().change(ANNA, "", &[], &[late]);
    app.deliver(delivery.bytes()).await.expect(200);
    in_state(&app, &conversation, &unknown, "reconciled").await;
    let again = ask().await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(201)["id"], first["id"]);
    refused(&repeat(&app, &conversation, &unknown).await);
}
