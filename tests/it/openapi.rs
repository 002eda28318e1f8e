//! The description of the API against the API: same routes, same keys.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Raw, TestApp, keys};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The keys of a schema; a flattened part counts.
fn described<'a>(document: &'a Value, name: &str) -> BTreeSet<&'a str> {
    let schema = &document["components"]["schemas"][name];
    let properties = schema["properties"].as_object();
    let keys = properties.unwrap_or_else(|| panic!("{name} has no properties: {schema}"));
    keys.keys().map(String::as_str).collect()
}

#[track_caller]
fn matches(document: &Value, name: &str, answer: &Value) {
    let shown: BTreeSet<&str> = keys(answer).into_iter().collect();
    assert_eq!(shown, described(document, name), "{name}");
}

#[tokio::test]
async fn every_described_route_exists_and_no_other_method() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    for (path, item) in document["paths"].as_object().expect("paths") {
        let real = path.replace("{id}", "5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f");
        for method in METHODS {
            let answer = app
                .raw(Raw {
                    method,
                    path: &real,
                    ..Raw::default()
                })
                .await;
            let is_described = item.get(method.to_lowercase()).is_some();
            assert_eq!(
                answer.status.as_u16() != 405,
                is_described,
                "{method} {path}: {}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn every_status_that_is_an_error_is_described_as_a_problem() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let is_error = status.as_str() >= "400" && path != "/readyz";
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(
                    *schema == "#/components/schemas/Problem",
                    is_error,
                    "{method} {path} {status}"
                );
            }
        }
    }
}

#[tokio::test]
async fn answers_have_the_keys_that_are_described() {
    let app = TestApp::with_salon().await;
    let document = app.get("/openapi.json").await.expect(200);
    let number = &app.get("/whatsapp/numbers").await.expect(200)[0];
    matches(&document, "Number", number);
    matches(&document, "Token", &number["token"]);
    app.meta.types("79991112233", "hi");
    app.meta.shows("79991112233", 2).await;
    let conversation = app
        .conversation_when("79991112233", "the bot waits", |one| one["bot"].is_object())
        .await;
    matches(&document, "Conversation", &conversation);
    matches(&document, "Customer", &conversation["customer"]);
    matches(&document, "Handler", &conversation["handler"]);
    matches(&document, "ConversationBot", &conversation["bot"]);
    matches(&document, "LastMessage", &conversation["last_message"]);
    for message in app.messages(&conversation).await {
        matches(&document, "Message", &message);
        matches(&document, "Sender", &message["sender"]);
    }
    let problem = app.post("/whatsapp/numbers", json!({})).await.expect(422);
    matches(&document, "Problem", &problem);
    matches(&document, "FieldError", &problem["errors"][0]);
}
