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

/// Asks until the answer satisfies a condition.
async fn why_when(
    app: &TestApp,
    conversation: &Value,
    what: &str,
    condition: impl Fn(&Value) -> bool,
) -> Value {
    let variables = json!({"conversation": graph_id(conversation)});
    eventually(what, || async {
        let why = ask(app, WHY, variables.clone()).await["whyNoAnswer"].clone();
        condition(&why).then_some(why)
    })
    .await
}

/// Asks until the first reason is this one.
async fn why(app: &TestApp, conversation: &Value, code: &str) -> Value {
    why_when(app, conversation, code, |why| {
        why["reasons"][0]["code"] == code
    })
    .await
}

/// The codes of findings.
fn codes(findings: &Value) -> Vec<String> {
    let findings = findings.as_array().expect("findings").iter();
    findings
        .map(|one| one["code"].as_str().expect("a code").to_owned())
        .collect()
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
async fn a_bot_that_waits_in_silence_says_so() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    let conversation = app
        .conversation_when(ANNA, "the bot waits", |one| one["bot"].is_object())
        .await;
    let told = why_when(&app, &conversation, "the bot waits", |why| {
        codes(&why["reasons"]) == ["answered_by_bot", "bot_waits"]
    })
    .await;
    assert_eq!(told["answered"], true);
    assert_eq!(told["now"], json!([]));
    assert!(told["reasons"][1]["nextStep"].is_string());
}

#[tokio::test]
async fn a_conversation_that_a_person_handles_says_so() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    let conversation = app.conversation(ANNA).await;
    let id = conversation["id"].as_str().expect("an id");
    let path = format!("/conversations/{id}/takeover");
    app.post(&path, json!({})).await.expect(200);
    app.meta.types(ANNA, "Есть кто?");
    let told = why(&app, &conversation, "handled_by_person").await;
    assert_eq!(told["answered"], false);
    assert_eq!(told["message"]["content"], "Есть кто?");
    assert_eq!(codes(&told["reasons"]), ["handled_by_person"]);
    assert_eq!(codes(&told["now"]), ["handled_by_person"]);
    let path = format!("/conversations/{id}/messages");
    let text = json!({"content": "Да, слушаю"});
    app.post(&path, text).await.expect(201);
    let told = why(&app, &conversation, "answered_by_person").await;
    assert_eq!(told["answered"], true);
}

#[tokio::test]
async fn a_closed_conversation_says_so_until_the_customer_writes() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    let conversation = app.conversation(ANNA).await;
    why(&app, &conversation, "answered_by_bot").await;
    let close = "mutation($id: ID!) { closeConversation(input: {conversation: $id}) { status } }";
    let id = json!({"id": graph_id(&conversation)});
    let closed = ask(&app, close, id).await;
    assert_eq!(closed["closeConversation"]["status"], "DONE");
    let told = why(&app, &conversation, "answered_by_bot").await;
    assert_eq!(
        codes(&told["reasons"]),
        ["answered_by_bot", "conversation_closed"]
    );
    assert_eq!(told["now"], json!([]));
    app.meta.types(ANNA, "Я снова здесь");
    let told = why_when(&app, &conversation, "the new message", |why| {
        why["message"]["content"] == "Я снова здесь" && why["answered"] == true
    })
    .await;
    assert!(!codes(&told["reasons"]).contains(&"conversation_closed".to_owned()));
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
