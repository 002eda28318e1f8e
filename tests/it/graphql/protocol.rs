//! Methods, media types, statuses and languages.

use serde_json::{Value, json};

use super::{GRAPHQL, JSON, gql, gql_as};
use crate::support::{Answer, Raw, TestApp};

async fn post(app: &TestApp, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    app.raw(Raw {
        method: "POST",
        path: "/graphql",
        token: None,
        headers,
        body,
    })
    .await
}

async fn get(app: &TestApp, query: &str) -> Answer {
    app.raw(Raw {
        path: &format!("/graphql?{query}"),
        headers: &[GRAPHQL],
        ..Raw::default()
    })
    .await
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str, problem: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    let body = answer.json();
    assert!(body.get("data").is_none(), "{}", answer.text);
    let extensions = &body["errors"][0]["extensions"];
    assert_eq!(extensions["code"], code, "{}", answer.text);
    assert_eq!(extensions["problem"], problem, "{}", answer.text);
}

#[tokio::test]
async fn request_errors_are_4xx_only_for_those_who_ask_for_the_new_media_type() {
    let app = TestApp::start().await;
    let bodies = [
        json!({"query": "{"}),
        json!({"query": "{ nothingOfThatName }"}),
        json!({"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": null}}),
    ];
    for body in bodies {
        let bytes = body.to_string().into_bytes();
        let new = post(&app, &[JSON, GRAPHQL], &bytes).await;
        refused(&new, 400, "BAD_USER_INPUT", "invalid_document");
        let kind = new.header("content-type");
        assert_eq!(
            kind,
            Some("application/graphql-response+json; charset=utf-8")
        );
        let old = post(&app, &[JSON, ("accept", "application/json")], &bytes).await;
        refused(&old, 200, "BAD_USER_INPUT", "invalid_document");
        assert_eq!(
            old.header("content-type"),
            Some("application/json; charset=utf-8")
        );
    }
    let other = post(&app, &[JSON, ("accept", "text/html")], b"{}").await;
    refused(&other, 406, "BAD_USER_INPUT", "not_acceptable");
}

#[tokio::test]
async fn bodies_that_are_no_request_are_named_at_fault() {
    let app = TestApp::start().await;
    for (body, problem) in [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ("[]", "validation_failed"),
        ("{}", "validation_failed"),
        (r#"{"query": 1}"#, "validation_failed"),
        (
            r#"{"query": "{me{id}}", "variables": "x"}"#,
            "validation_failed",
        ),
        (
            r#"{"query": "{me{id}}", "operationName": 7}"#,
            "validation_failed",
        ),
        (
            r#"{"query": "{me{id}}", "extensions": []}"#,
            "validation_failed",
        ),
    ] {
        let answer = post(&app, &[JSON], body.as_bytes()).await;
        refused(&answer, 400, "BAD_USER_INPUT", problem);
    }
    let text = post(&app, &[("content-type", "text/plain")], b"{}").await;
    refused(&text, 415, "BAD_USER_INPUT", "unsupported_media_type");
    let nulls = r#"{"query":"{me{name}}","variables":null,"operationName":null,"extensions":null}"#;
    let taken = post(&app, &[JSON], nulls.as_bytes()).await.expect(200);
    assert_eq!(taken["data"]["me"]["name"], "cli");
}

#[tokio::test]
async fn queries_go_by_get_and_mutations_do_not() {
    let app = TestApp::start().await;
    let query = get(&app, "query=%7Bme%7Brole%7D%7D").await.expect(200);
    assert_eq!(query, json!({"data": {"me": {"role": "ADMIN"}}}));
    let variables = "query=query(%24id%3AID!)%7Bnode(id%3A%24id)%7Bid%7D%7D&variables=";
    let node = get(
        &app,
        &format!("{variables}%7B%22id%22%3A%22bot%3A5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f%22%7D"),
    )
    .await;
    assert_eq!(node.expect(200), json!({"data": {"node": null}}));
    let mutation = "query=mutation%7BcreateBot(input%3A%7Bname%3A%22x%22%7D)%7Bstatus%7D%7D";
    let answer = get(&app, mutation).await;
    refused(&answer, 405, "BAD_USER_INPUT", "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
    // With two operations the name decides.
    let both =
        format!("{mutation}query%20B%7Bme%7Bid%7D%7D").replace("mutation%7B", "mutation%20A%7B");
    get(&app, &format!("{both}&operationName=B"))
        .await
        .expect(200);
    get(&app, &format!("{both}&operationName=A"))
        .await
        .expect(405);
    let none = get(&app, "").await;
    refused(&none, 400, "BAD_USER_INPUT", "validation_failed");
    let bots = gql(&app, "{ bots { id } }", Value::Null).await.data();
    assert_eq!(bots["bots"], json!([]));
}

#[tokio::test]
async fn without_a_token_nothing_is_told_not_even_the_schema() {
    let app = TestApp::start().await;
    for token in ["", "vst_nobody"] {
        for query in ["{ me { id } }", "{ __schema { queryType { name } } }", "{"] {
            let answer = gql_as(&app, token, &[], query, Value::Null).await;
            assert_eq!(answer.answer.header("www-authenticate"), Some("Bearer"));
            refused(&answer.answer, 401, "UNAUTHENTICATED", "unauthenticated");
            let next = &answer.error()["extensions"]["nextStep"];
            assert!(next.as_str().expect("a text").contains("token create"));
        }
    }
}

#[tokio::test]
async fn errors_speak_the_language_of_the_caller() {
    let app = TestApp::start().await;
    let (token, russian) = (app.admin_token(), [("accept-language", "ru-RU,ru;q=0.9")]);
    for query in [
        "{",
        "{ nothing }",
        "{ conversation(id: \"x\") { id } }",
        "{ numbers(first: 1) { id } }",
        "mutation { publishBot(input: {bot: \"bot:5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f\"}) { status } }",
    ] {
        let said = gql_as(&app, token, &russian, query, Value::Null).await;
        let message = said.error()["message"].as_str().expect("a text");
        assert!(
            message
                .chars()
                .any(|character| ('а'..='я').contains(&character)),
            "{query}: {message}"
        );
        let english = gql_as(&app, token, &[], query, Value::Null).await;
        assert_eq!(english.code(), said.code());
        let message = english.error()["message"].as_str().expect("a text");
        assert!(message.is_ascii(), "{query}: {message}");
    }
}

#[tokio::test]
async fn an_internal_error_says_its_id_and_nothing_else() {
    let app = TestApp::start().await;
    let other = sqlx::SqlitePool::connect(&format!(
        "sqlite://{}",
        app.folder.path().join("data/read.db").display()
    ))
    .await
    .expect("the file");
    sqlx::query("drop view number_rows")
        .execute(&other)
        .await
        .expect("gone");
    let answer = gql(&app, "{ numbers { id } }", Value::Null).await;
    assert_eq!(answer.answer.status.as_u16(), 200);
    assert_eq!(answer.code(), "UNAVAILABLE");
    assert!(!answer.answer.text.contains("number_rows"));
    other.close().await;
}
