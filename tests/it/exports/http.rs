//! `GET /api/v1/events`: what is in a line, cursors, and who may read which.

use application::cursor::Cursor;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{fields, lines, positions, with_events};
use crate::support::{Raw, TestApp, keys};

const PATH: &str = "/api/v1/events";

async fn events(app: &TestApp, query: &str) -> Vec<Value> {
    let answer = app.get(&format!("/events{query}")).await;
    answer.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    lines(&answer.text)
}

#[tokio::test]
async fn every_event_is_a_line_with_the_columns_of_the_log() {
    let app = with_events().await;
    let answer = app.get("/events").await;
    let all = lines(&answer.text);
    let head = app.inside().app().log.head();
    assert_eq!(positions(&all), (1..=head).collect::<Vec<_>>());
    assert_eq!(answer.header("x-total-count"), Some(&*head.to_string()));
    assert_eq!(
        answer.header("x-next-cursor"),
        all.last().and_then(|event| event["cursor"].as_str())
    );
    for event in &all {
        assert_eq!(
            keys(event),
            [
                "aggregate_id",
                "aggregate_type",
                "command_id",
                "cursor",
                "event_type",
                "event_version",
                "lane",
                "metadata",
                "payload",
                "position",
                "recorded_at",
                "sequence",
                "subject",
            ]
        );
    }
}

#[tokio::test]
async fn pages_by_cursor_are_the_whole_and_the_end_is_empty() {
    let app = with_events().await;
    let all = events(&app, "").await;
    let mut read = Vec::new();
    let mut query = "?limit=7".to_owned();
    loop {
        let page = events(&app, &query).await;
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 7);
        query = format!(
            "?limit=7&after={}",
            last["cursor"].as_str().expect("a cursor")
        );
        read.extend(page);
    }
    assert_eq!(read, all);
    assert_eq!(events(&app, "?after=latest").await, Vec::<Value>::new());
}

#[tokio::test]
async fn sealed_shows_ciphertext_open_shows_people_and_pseudonyms_neither() {
    let app = with_events().await;
    let sealed = app.get("/events?personal=sealed").await.text;
    let open = app.get("/events?personal=open").await.text;
    let pseudonym = app.get("/events?personal=pseudonym").await.text;
    assert_eq!(
        sealed,
        app.get("/events").await.text,
        "sealed is the default"
    );
    for person in ["79991112233", "Здравствуйте"] {
        assert!(open.contains(person));
        assert!(!sealed.contains(person) && !pseudonym.contains(person));
    }
    assert!(sealed.contains("$sealed") && !sealed.contains("\"personal\""));
    assert!(!open.contains("$sealed") && !pseudonym.contains("$sealed"));

    let (open, pseudonym) = (lines(&open), lines(&pseudonym));
    let find = |all: &[Value], kind: &str| -> Value {
        let found = all.iter().find(|event| event["event_type"] == kind);
        found.unwrap_or_else(|| panic!("no {kind}")).clone()
    };
    let contact = find(&open, "ContactRegistered")["aggregate_id"].clone();
    let hidden = find(&pseudonym, "ContactRegistered");
    assert_ne!(hidden["aggregate_id"], contact);
    assert_eq!(fields(&hidden)["contact"], hidden["aggregate_id"]);
    assert_eq!(hidden["subject"], hidden["aggregate_id"]);
    assert_eq!(fields(&hidden)["personal"], "erased");
    let started = find(&pseudonym, "ConversationStarted");
    assert_eq!(fields(&started)["contact"], hidden["aggregate_id"]);
    let number = find(&open, "NumberAdded")["aggregate_id"].clone();
    assert_eq!(fields(&started)["number"], number);
    let text = serde_json::to_string(&pseudonym).expect("JSON");
    assert!(!text.contains(contact.as_str().expect("an id")));
}

#[tokio::test]
async fn pseudonyms_are_the_same_after_a_restart_and_other_elsewhere() {
    let mut app = with_events().await;
    let before = events(&app, "?personal=pseudonym").await;
    app.restart().await;
    assert_eq!(events(&app, "?personal=pseudonym").await, before);
}

#[tokio::test]
async fn analysts_read_masked_events_only_and_agents_none() {
    let app = TestApp::start().await;
    let roles = [
        ("admin", [200, 200, 200]),
        ("analyst", [200, 200, 403]),
        ("agent", [403, 403, 403]),
    ];
    for (role, expected) in roles {
        let token = app.token(role).await;
        for (personal, status) in ["sealed", "pseudonym", "open"].into_iter().zip(expected) {
            for accept in ["*/*", "text/event-stream"] {
                // One event ends the stream, too.
                let path = format!("/events?limit=1&personal={personal}");
                let headers = [("accept", accept)];
                let answer = app
                    .call_as(&token, Method::GET, &path, None, &headers)
                    .await;
                assert_eq!(answer.status.as_u16(), status, "{role} {personal} {accept}");
                if status == 403 {
                    assert_eq!(answer.json()["code"], "forbidden");
                }
            }
        }
    }
}

#[tokio::test]
async fn cursors_that_are_not_ours_are_told_in_both_languages() {
    let app = with_events().await;
    let inside = app.inside().app();
    let beyond = Cursor::new(inside.log.epoch(), inside.log.head() + 1).to_string();
    let foreign = Cursor::new(Uuid::from_u128(7), 1).to_string();
    let cases = [
        ("garbage", 422, "invalid_cursor"),
        (beyond.as_str(), 422, "invalid_cursor"),
        (foreign.as_str(), 410, "cursor_expired"),
    ];
    for (cursor, status, code) in cases {
        for (language, english) in [("en", true), ("ru", false)] {
            let accept = [("accept-language", language)];
            let path = format!("{PATH}?after={cursor}");
            let asked = app
                .raw(Raw {
                    path: &path,
                    headers: &accept,
                    ..Raw::default()
                })
                .await;
            let problem = asked.expect(status);
            assert_eq!(problem["code"], code);
            assert_eq!(problem["errors"][0]["field"], "after");
            let remedy = problem["next_step"].as_str().expect("a text");
            assert_eq!(remedy.is_ascii(), english, "{remedy}");

            let resumed = [
                ("accept-language", language),
                ("accept", "text/event-stream"),
                ("last-event-id", cursor),
            ];
            let asked = app
                .raw(Raw {
                    path: PATH,
                    headers: &resumed,
                    ..Raw::default()
                })
                .await;
            let problem = asked.expect(status);
            assert_eq!(problem["code"], code);
            assert_eq!(problem["errors"][0]["field"], "Last-Event-ID");
        }
    }
}

#[tokio::test]
async fn parameters_that_cannot_be_are_named() {
    let app = TestApp::start().await;
    let cases = [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("personal=naked", "personal"),
        ("format=parquet", "format"),
        ("follow=perhaps", "follow"),
    ];
    for (query, field) in cases {
        let problem = app.get(&format!("/events?{query}")).await.expect(422);
        assert_eq!(problem["code"], "validation_failed");
        assert_eq!(problem["errors"][0]["field"], json!(field), "{query}");
    }
    // A limit no log will ever reach is no mistake.
    app.get("/events?limit=99999999999999999999999")
        .await
        .expect(200);
}

#[tokio::test]
async fn an_erased_customer_is_erased_from_every_export() {
    let mut app = with_events().await;
    let destroyed = "update subject_keys set wrapped = null, destroyed_at = 1";
    assert!(
        app.change_log(destroyed).await > 0,
        "the keys are destroyed"
    );
    app.restart().await;
    let open = app.get("/events?personal=open").await.text;
    assert!(open.contains("\"personal\":\"erased\"") && !open.contains("Здравствуйте"));
    let sealed = app.get("/events?personal=sealed").await.text;
    assert!(
        sealed.contains("$sealed"),
        "ciphertext without a key tells nothing"
    );
}
