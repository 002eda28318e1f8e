//! Errors: one shape, two languages, a page for each, and a clear answer to every bad request.

use std::collections::BTreeSet;

use api::problem::catalogue::CATALOGUE;
use serde_json::{Value, json};

use crate::support::{Answer, Raw, TestApp, keys};

const NUMBERS: &str = "/api/v1/whatsapp/numbers";
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

#[track_caller]
fn is_problem(answer: &Answer, status: u16, code: &str) -> Value {
    let problem = answer.expect(status);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    for key in [
        "code",
        "detail",
        "errors",
        "next_step",
        "request_id",
        "status",
        "title",
        "type",
    ] {
        assert!(keys(&problem).contains(&key), "{key} is missing");
    }
    assert_eq!(problem["code"], code);
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("/problems/{code}"));
    for text in ["title", "detail", "next_step"] {
        assert!(
            problem[text].as_str().is_some_and(|text| !text.is_empty()),
            "{text}"
        );
    }
    for error in problem["errors"].as_array().expect("a list") {
        assert_eq!(keys(error), ["actual", "code", "field", "limit", "message"]);
    }
    assert_eq!(
        answer.header("x-request-id"),
        problem["request_id"].as_str()
    );
    problem
}

async fn post(app: &TestApp, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    app.raw(Raw {
        method: "POST",
        path: NUMBERS,
        headers,
        body,
        ..Raw::default()
    })
    .await
}

#[tokio::test]
async fn every_code_has_a_page_in_both_languages() {
    let app = TestApp::start().await;
    let codes: BTreeSet<&str> = CATALOGUE.iter().map(|entry| entry.code).collect();
    let all = app.get_root("/problems").await.text;
    for code in codes {
        let path = format!("/problems/{code}");
        assert!(all.contains(&path), "{code}");
        for (language, words) in [("en", "What to do"), ("ru,en;q=0.8", "Что делать")] {
            let headers = &[("accept-language", language)];
            let page = app
                .raw(Raw {
                    path: &path,
                    token: Some(""),
                    headers,
                    ..Raw::default()
                })
                .await;
            assert_eq!(page.status.as_u16(), 200);
            assert!(
                page.text.contains(code) && page.text.contains(words),
                "{code}"
            );
        }
    }
    is_problem(
        &app.get_root("/problems/no_such_code").await,
        404,
        "not_found",
    );
}

#[tokio::test]
async fn problems_speak_the_callers_language() {
    let app = TestApp::start().await;
    for (language, english) in [
        ("en-US,en;q=0.9", true),
        ("ru-RU,ru;q=0.9,en;q=0.5", false),
        ("fr", true),
    ] {
        let headers = [
            ("accept-language", language),
            ("content-type", "application/json"),
        ];
        let answer = post(&app, &headers, b"{\"phone_number\":\"12\"}").await;
        let problem = is_problem(&answer, 422, "validation_failed");
        for text in [
            &problem["title"],
            &problem["errors"][0]["message"],
            &problem["next_step"],
        ] {
            let text = text.as_str().expect("a text");
            assert_eq!(text.is_ascii(), english, "{language}: {text}");
        }
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let app = TestApp::start().await;
    for path in [
        "/api/v1/nothing",
        "/api/v2/conversations",
        "/api",
        "/nothing",
        "/api/v1/conversations/1/2/3",
        "/api/v1/whatsapp/numbers/%ff",
    ] {
        is_problem(
            &app.raw(Raw {
                path,
                ..Raw::default()
            })
            .await,
            404,
            "not_found",
        );
    }
    for (method, path, allowed) in [
        ("DELETE", NUMBERS, &["GET", "POST"][..]),
        (
            "POST",
            "/api/v1/whatsapp/numbers/1",
            &["GET", "PUT", "DELETE"],
        ),
        ("GET", "/api/v1/conversations/1/takeover", &["POST"]),
        ("PUT", "/api/v1/webhooks/whatsapp", &["GET", "POST"]),
        ("POST", "/healthz", &["GET"]),
    ] {
        let answer = app
            .raw(Raw {
                method,
                path,
                ..Raw::default()
            })
            .await;
        is_problem(&answer, 405, "method_not_allowed");
        let header = answer.header("allow").expect("Allow");
        for method in allowed {
            assert!(header.contains(method), "{path}: {header}");
        }
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_told_apart() {
    let app = TestApp::start().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    is_problem(
        &post(&app, &form, b"a=b").await,
        415,
        "unsupported_media_type",
    );
    is_problem(&post(&app, &[], b"{}").await, 415, "unsupported_media_type");
    for body in [
        &b"{\"display_name\": "[..],
        b"{'a': 1}",
        b"{\"a\":1}}",
        b"\xff\xfe",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\\ud800\"}",
    ] {
        is_problem(&post(&app, JSON, body).await, 400, "malformed_json");
    }
    let deep = "[".repeat(10_000);
    is_problem(
        &post(&app, JSON, deep.as_bytes()).await,
        400,
        "malformed_json",
    );
    for body in [&b"[]"[..], b"5", b"\"text\"", b"null"] {
        let problem = is_problem(&post(&app, JSON, body).await, 422, "validation_failed");
        assert_eq!(problem["errors"][0]["code"], "invalid_type");
    }
    let large = format!("{{\"display_name\": \"{}\"}}", "x".repeat(1024 * 1024));
    is_problem(
        &post(&app, JSON, large.as_bytes()).await,
        413,
        "body_too_large",
    );
    let charset = [("content-type", "application/json; charset=utf-8")];
    is_problem(&post(&app, &charset, b"{}").await, 422, "validation_failed");
}

#[tokio::test]
async fn a_trailing_slash_is_tolerated() {
    let app = TestApp::start().await;
    app.get("/whatsapp/numbers/").await.expect(200);
    app.get("/conversations/?limit=5").await.expect(200);
    assert_eq!(app.get_root("/healthz/").await.status.as_u16(), 200);
}

#[tokio::test]
async fn no_answer_carries_the_token() {
    let app = TestApp::start().await;
    let token = "EAAthisMustNeverBeSeenAgain0001";
    let number = json!({
        "display_name": "Main", "phone_number": "+79001234567", "phone_number_id": "1", "access_token": token,
    });
    let added = app.post("/whatsapp/numbers", number.clone()).await;
    let id = added.expect(201)["id"].as_str().expect("an id").to_owned();
    let mut bad = number.clone();
    bad["phone_number"] = json!(token);
    let answers = [
        added,
        app.post("/whatsapp/numbers", number).await,
        app.post("/whatsapp/numbers", bad).await,
        app.get("/whatsapp/numbers").await,
        app.get(&format!("/whatsapp/numbers/{id}")).await,
    ];
    for answer in answers {
        assert!(!answer.text.contains(token), "{}", answer.text);
        assert!(!answer.text.contains("access_token"), "{}", answer.text);
    }
    // The description names the member, because requests have it.
    assert!(!app.get("/openapi.json").await.text.contains(token));
}
