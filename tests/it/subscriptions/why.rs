//! Why the bot did or did not answer, in situations that people meet.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ask, ask_as, graph_id};
use crate::support::{TestApp, eventually};

const ANNA: &str = "79991112233";
const WHY: &str = "query($conversation: ID, $message: ID) {
    whyNoAnswer(conversation: $conversation, message: $message) {
        answered message { content } replies { status content }
        reasons { code text nextStep } now { code } } }";

/// Asks until the first reason is this one.
async fn why(app: &TestApp, conversation: &Value, code: &str) -> Value {
    let variables = json!({"conversation": graph_id(conversation)});
    eventually(code, || async {
        let why = ask(app, WHY, variables.clone()).await["whyNoAnswer"].clone();
        (why["reasons"][0]["code"] == code).then_some(why)
    })
    .await
}

#[tokio::test]
async fn a_number_without_a_bot_says_so() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let why = why(&app, &conversation, "no_active_bot").await;
    assert_eq!(why["answered"], false);
    assert_eq!(why["message"]["content"], "hi");
    assert_eq!(why["now"][0]["code"], "no_active_bot");
    assert!(why["reasons"][0]["nextStep"].is_string());
}

#[tokio::test]
async fn an_answered_message_names_its_replies() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    let conversation = app.conversation(ANNA).await;
    let why = why(&app, &conversation, "answered_by_bot").await;
    assert_eq!(why["answered"], true);
    assert_eq!(why["replies"].as_array().map(Vec::len), Some(2));
    assert_eq!(why["now"], json!([]));
}

#[tokio::test]
async fn a_number_that_is_switched_off_says_so_in_russian_too() {
    let app = TestApp::with_salon().await;
    let numbers = app.get("/whatsapp/numbers").await.json();
    let id = numbers[0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/whatsapp/numbers/{id}/toggle");
    app.call(Method::PATCH, &path, None).await.expect(200);
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let told = why(&app, &conversation, "number_inactive").await;
    let text = told["reasons"][0]["text"].as_str().expect("a text");
    assert_eq!(text, "The number is switched off.");
    assert_eq!(told["now"][0]["code"], "number_inactive");
}

#[tokio::test]
async fn only_those_who_read_conversations_may_ask_and_exactly_one_thing() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let variables = json!({"conversation": graph_id(&conversation)});
    let analyst = app.token("analyst").await;
    let refused = ask_as(&app, &analyst, WHY, variables).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let neither = ask_as(&app, app.admin_token(), WHY, json!({})).await;
    assert_eq!(neither["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let nobody = json!({"conversation": "conversation:00000000-0000-0000-0000-000000000000"});
    assert_eq!(ask(&app, WHY, nobody).await["whyNoAnswer"], Value::Null);
}
