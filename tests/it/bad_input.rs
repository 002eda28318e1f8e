//! What nobody should send: each is refused with a code, a status of its own and words in both languages.

use serde_json::{Value, json};

use crate::support::{Answer, Raw, TestApp};

const JSON: (&str, &str) = ("content-type", "application/json");
/// Languages, and whether their words are English.
const LANGUAGES: [(&str, bool); 2] = [("en", true), ("ru", false)];
/// Far more than anything may be.
const TEN_MEGABYTES: usize = 10 * 1024 * 1024;

async fn graphql(app: &TestApp, token: &str, language: &str, document: &str) -> Answer {
    let body = json!({ "query": document }).to_string();
    let headers = [
        JSON,
        ("accept", "application/graphql-response+json"),
        ("accept-language", language),
    ];
    let raw = Raw {
        method: "POST",
        path: "/graphql",
        token: Some(token),
        headers: &headers,
        body: body.as_bytes(),
    };
    app.raw(raw).await
}

async fn rest(app: &TestApp, path: &str, language: &str, body: Vec<u8>) -> Answer {
    let headers = [JSON, ("accept-language", language)];
    let raw = Raw {
        method: if body.is_empty() { "GET" } else { "POST" },
        path,
        headers: &headers,
        body: &body,
        ..Raw::default()
    };
    app.raw(raw).await
}

#[track_caller]
fn is_in(text: &Value, english: bool) {
    let text = text.as_str().expect("a text");
    let is_russian = text.chars().any(|one| ('а'..='я').contains(&one));
    assert_eq!(!is_russian, english, "{text}");
}

/// Every error is coded and in the language.
#[track_caller]
fn error(answer: &Answer, english: bool, expected: (u16, &str, &str)) {
    let (status, code, problem) = expected;
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    let body = answer.json();
    let errors = body["errors"].as_array().expect("errors");
    assert!(!errors.is_empty(), "{}", answer.text);
    for error in errors {
        let extensions = &error["extensions"];
        assert_eq!(extensions["code"], code, "{}", answer.text);
        assert_eq!(extensions["problem"], problem, "{}", answer.text);
        is_in(&error["message"], english);
        is_in(&extensions["nextStep"], english);
    }
}

fn nested(depth: usize) -> String {
    let mut fields = "id".to_owned();
    for _ in 0..depth {
        fields = format!("conversation {{ lastMessage {{ {fields} }} }}");
    }
    format!("{{ deals {{ nodes {{ {fields} }} }} }}")
}

#[tokio::test]
async fn documents_that_cannot_be_executed_are_refused_in_both_languages() {
    let app = TestApp::with_number().await;
    let wide = "{ conversations(first: 100) { nodes { messages(first: 100) { nodes { id content
        status createdAt } } } } }";
    let deep = nested(10);
    let very_deep = nested(2_000);
    let invalid = (400, "BAD_USER_INPUT", "invalid_document");
    let too_large = (400, "BAD_USER_INPUT", "operation_too_large");
    let table = [
        ("{ me { shoeSize } }", invalid),
        ("{ shoes }", invalid),
        ("{ me(size: 1) { id } }", invalid),
        ("{ me { id } ", invalid),
        (
            "mutation { createBot(input: {name: \"A\", shoes: 2}) { status } }",
            invalid,
        ),
        ("query($id: Shoe!) { me { id } }", invalid),
        (wide, too_large),
        (&deep, too_large),
    ];
    for (language, english) in LANGUAGES {
        for (document, expected) in &table {
            let answer = graphql(&app, app.admin_token(), language, document).await;
            error(&answer, english, *expected);
        }
        let answer = graphql(&app, app.admin_token(), language, &very_deep).await;
        assert_eq!(answer.status.as_u16(), 413, "{}", answer.text);
    }
}

#[tokio::test]
async fn pages_and_cursors_that_are_wrong_name_their_argument_in_both_languages() {
    let app = TestApp::with_number().await;
    let table = [
        ("conversations(first: 100000)", "first", "invalid_page_size"),
        ("contacts(last: 100000)", "last", "invalid_page_size"),
        ("events(first: 100000)", "first", "invalid_page_size"),
        ("webhookDeliveries(first: -1)", "first", "invalid_page_size"),
        ("conversations(after: \"x\")", "after", "invalid_cursor"),
        (
            "deals(before: \"e30\", last: 1)",
            "before",
            "invalid_cursor",
        ),
        ("events(after: \"x\")", "after", "invalid_cursor"),
    ];
    for (language, english) in LANGUAGES {
        for (field, argument, code) in table {
            let document = format!("{{ {field} {{ __typename }} }}");
            let answer = graphql(&app, app.admin_token(), language, &document).await;
            let body = answer.json();
            let extensions = &body["errors"][0]["extensions"];
            assert_eq!(extensions["code"], "BAD_USER_INPUT", "{field}: {body}");
            let violation = &extensions["violations"][0];
            assert_eq!(violation["field"], argument, "{field}: {body}");
            assert_eq!(violation["code"], code, "{field}: {body}");
            is_in(&violation["message"], english);
            is_in(&body["errors"][0]["message"], english);
        }
        for (path, field) in [
            ("/api/v1/conversations?after=x", "after"),
            ("/api/v1/conversations?limit=many", "limit"),
            ("/api/v1/events?after=x", "after"),
        ] {
            let problem = rest(&app, path, language, Vec::new()).await.expect(422);
            assert_eq!(problem["errors"][0]["field"], field, "{path}");
            is_in(&problem["errors"][0]["message"], english);
            is_in(&problem["next_step"], english);
        }
    }
}

#[tokio::test]
async fn searches_that_no_database_takes_are_refused_in_both_languages() {
    let app = TestApp::with_number().await;
    // Far beyond the pattern that the database takes; and just beyond what anybody searches for.
    for length in [60_000, 201] {
        let text = "7".repeat(length);
        let table = [
            (format!("contacts(search: \"{text}\")"), "search"),
            (
                format!("conversations(filter: {{search: \"{text}\"}})"),
                "filter.search",
            ),
        ];
        for (language, english) in LANGUAGES {
            for (field, argument) in &table {
                let document = format!("{{ {field} {{ __typename }} }}");
                let answer = graphql(&app, app.admin_token(), language, &document).await;
                error(
                    &answer,
                    english,
                    (200, "BAD_USER_INPUT", "validation_failed"),
                );
                let violation = &answer.json()["errors"][0]["extensions"]["violations"][0];
                assert_eq!(violation["field"], *argument);
                assert_eq!(violation["actual"], length);
            }
            let path = format!("/api/v1/conversations?search={text}");
            let problem = rest(&app, &path, language, Vec::new()).await.expect(422);
            assert_eq!(problem["errors"][0]["code"], "invalid_length");
            is_in(&problem["errors"][0]["message"], english);
        }
    }
    let longest = format!("/api/v1/conversations?search={}", "7".repeat(200));
    rest(&app, &longest, "en", Vec::new()).await.expect(200);
}

#[tokio::test]
async fn revoked_and_unknown_tokens_are_refused_in_both_languages() {
    let app = TestApp::with_number().await;
    let make = "mutation { makeApiToken(input: {name: \"crm\", role: ADMIN}) {
        secret apiToken { id } } }";
    let made = graphql(&app, app.admin_token(), "en", make).await.json();
    let made = &made["data"]["makeApiToken"];
    let secret = made["secret"].as_str().expect("a token");
    let me = "{ me { id } }";
    assert_eq!(graphql(&app, secret, "en", me).await.status.as_u16(), 200);
    let id = made["apiToken"]["id"].as_str().expect("an id");
    let revoke =
        format!("mutation {{ revokeApiToken(input: {{apiToken: \"{id}\"}}) {{ status }} }}");
    graphql(&app, app.admin_token(), "en", &revoke)
        .await
        .expect(200);
    for (language, english) in LANGUAGES {
        for token in [secret, "vst_unknown", "", "a b"] {
            let answer = graphql(&app, token, language, me).await;
            let expected = (401, "UNAUTHENTICATED", "unauthenticated");
            error(&answer, english, expected);
            let raw = Raw {
                path: "/api/v1/conversations",
                token: Some(token),
                headers: &[("accept-language", language)],
                ..Raw::default()
            };
            let problem = app.raw(raw).await.expect(401);
            assert_eq!(problem["code"], "unauthenticated");
            is_in(&problem["detail"], english);
        }
    }
}

#[tokio::test]
async fn ten_megabytes_are_refused_at_every_door_in_both_languages() {
    let app = TestApp::with_number().await;
    let document = format!("{{ me {{ id }} }} #{}", "x".repeat(TEN_MEGABYTES));
    let body = json!({"display_name": "x".repeat(TEN_MEGABYTES)}).to_string();
    for (language, english) in LANGUAGES {
        let answer = graphql(&app, app.admin_token(), language, &document).await;
        let expected = (413, "BAD_USER_INPUT", "body_too_large");
        error(&answer, english, expected);
        for path in ["/api/v1/whatsapp/numbers", "/api/v1/webhooks/whatsapp"] {
            let body = body.clone().into_bytes();
            let problem = rest(&app, path, language, body).await.expect(413);
            assert_eq!(problem["code"], "body_too_large");
            is_in(&problem["detail"], english);
            is_in(&problem["next_step"], english);
        }
    }
}
