//! Questions with reply buttons, written by people and programs.

use serde_json::{Value, json};

use super::{Graph, gql, gql_as, id_of};
use crate::support::{TestApp, press};

const ANNA: &str = "79991112233";
const SEND: &str = "mutation($input: SendButtonsInput!) { sendButtons(input: $input) {
    status clientMutationId sent { id content messageType payload sender { type } replyTo { id } }
    conversation { handler { type } } violations { field code message limit actual }
    message nextStep stale position } }";

async fn send(app: &TestApp, input: Value) -> Graph {
    gql(app, SEND, json!({"input": input})).await
}

fn question(conversation: &str) -> Value {
    json!({"conversation": conversation, "content": "Придёте?",
        "buttons": [{"id": "yes", "title": "Да"}, {"id": "no", "title": "Нет"}]})
}

#[tokio::test]
async fn buttons_reach_the_customer_once_and_come_back_pressed() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let mut input = question(&id_of("conversation", &conversation));
    input["clientMutationId"] = json!("ask-1");
    let first = send(&app, input.clone()).await.data()["sendButtons"].clone();
    assert_eq!(first["status"], "DONE", "{first}");
    assert_eq!(first["clientMutationId"], "ask-1");
    assert_eq!(first["sent"]["content"], "Придёте?");
    assert_eq!(first["sent"]["sender"]["type"], "OPERATOR");
    assert_eq!(first["conversation"]["handler"]["type"], "PERSON");
    assert_eq!(first["stale"], false);
    let again = send(&app, input.clone()).await.data()["sendButtons"].clone();
    assert_eq!(again["sent"]["id"], first["sent"]["id"]);
    assert_eq!(again["position"], first["position"]);
    app.meta.shows(ANNA, 1).await;
    let bubble = app.meta.answers(ANNA).remove(0);
    let titles: Vec<&str> = bubble
        .buttons
        .iter()
        .map(|one| one.title.as_str())
        .collect();
    assert_eq!(titles, ["Да", "Нет"]);
    app.meta.acts(ANNA, &press("yes", "Да"));
    let pressed = app
        .conversation_when(ANNA, "the press", |one| {
            one["last_message"]["content"] == "Да"
        })
        .await;
    assert_eq!(app.messages(&pressed).await.len(), 3);
    input["content"] = json!("another question");
    assert_eq!(send(&app, input).await.code(), "CONFLICT");
}

#[tokio::test]
async fn buttons_that_whatsapp_would_refuse_are_named_in_both_languages() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let id = id_of("conversation", &conversation);
    let button = |id: &str, title: &str| json!({"id": id, "title": title});
    let (four, long) = (
        ["a", "b", "c", "d"].map(|id| button(id, id)).to_vec(),
        "x".repeat(21),
    );
    let table = [
        (vec![], "buttons", "invalid_content"),
        (four, "buttons", "invalid_content"),
        (
            vec![button("a", &long)],
            "buttons[0].title",
            "text_too_long",
        ),
        (
            vec![button(&"x".repeat(257), "A")],
            "buttons[0].id",
            "text_too_long",
        ),
        (vec![button("a", " ")], "buttons[0].title", "required"),
        (
            vec![button("a", "A"), button("a", "B")],
            "buttons[1]",
            "invalid_content",
        ),
        (
            vec![button("a", "A"), button("b", "A")],
            "buttons[1]",
            "invalid_content",
        ),
    ];
    for (buttons, field, code) in table {
        for (language, english) in [("en", true), ("ru", false)] {
            let mut input = question(&id);
            input["buttons"] = json!(buttons);
            let headers = [("accept-language", language)];
            let variables = json!({"input": input});
            let answer = gql_as(&app, app.admin_token(), &headers, SEND, variables).await;
            let refused = answer.data()["sendButtons"].clone();
            assert_eq!(refused["status"], "INVALID", "{refused}");
            assert_eq!(refused["sent"], Value::Null);
            let violation = &refused["violations"][0];
            assert_eq!(violation["field"], field);
            assert_eq!(violation["code"], code);
            let said = violation["message"].as_str().expect("a message");
            assert_eq!(said.is_ascii(), english, "{said}");
        }
    }
    let mut long = question(&id);
    long["content"] = json!("x".repeat(1_025));
    let long = send(&app, long).await.data()["sendButtons"].clone();
    assert_eq!(long["violations"][0]["limit"], 1_024);
    assert_eq!(app.messages(&conversation).await.len(), 1);
}

#[tokio::test]
async fn a_bot_may_stay_in_charge_and_what_stands_in_the_way_is_a_status() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    let conversation = app
        .conversation_when(ANNA, "the bot waits", |one| one["bot"].is_object())
        .await;
    let mut input = question(&id_of("conversation", &conversation));
    input["keepBot"] = json!(true);
    let kept = send(&app, input.clone()).await.data()["sendButtons"].clone();
    assert_eq!(kept["conversation"]["handler"]["type"], "BOT");
    let number = id_of("number", &app.get("/whatsapp/numbers").await.json()[0]);
    let switch =
        "mutation($id: ID!) { switchNumber(input: {number: $id, isActive: false}) { status } }";
    gql(&app, switch, json!({"id": number})).await.data();
    let off = send(&app, input.clone()).await.data()["sendButtons"].clone();
    assert_eq!(off["status"], "NUMBER_INACTIVE");
    assert!(off["message"].is_string() && off["nextStep"].is_string());
    input["conversation"] = json!("conversation:5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f");
    assert_eq!(send(&app, input.clone()).await.code(), "NOT_FOUND");
    input["conversation"] = json!("contact:1");
    assert_eq!(send(&app, input).await.code(), "BAD_USER_INPUT");
}
