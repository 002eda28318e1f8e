//! API tokens from the terminal and over HTTP: made with an end, listed, revoked.

use serde_json::{Value, json};

use crate::support::{Answer, Raw, TestApp, eventually, vestnik_in};
use application::ports::clock::Clock as _;
use infrastructure::system::SystemClock;

async fn numbers_with(app: &TestApp, token: &str, language: &str) -> Answer {
    app.raw(Raw {
        path: "/api/v1/whatsapp/numbers",
        token: Some(token),
        headers: &[("accept-language", language)],
        ..Raw::default()
    })
    .await
}

fn ends_in(seconds: i64) -> String {
    SystemClock.now().plus_seconds(seconds).to_rfc3339_millis()
}

#[tokio::test]
async fn a_token_that_has_ended_is_refused_with_a_code_in_both_languages() {
    let app = TestApp::start().await;
    let body = json!({"name": "audit", "role": "admin", "expires_at": ends_in(2)});
    let made = app.post("/admin/tokens", body).await.expect(201);
    let token = made["token"].as_str().expect("a token");
    let listed = app.vestnik(&[], &["token", "list"]).await.good();
    assert!(
        listed.contains(made["expires_at"].as_str().expect("a time")),
        "{listed}"
    );
    let problem = eventually("the token ended", async || {
        let answer = numbers_with(&app, token, "en").await;
        (answer.status != 200).then(|| answer.expect(401))
    })
    .await;
    assert_eq!(problem["code"], "token_expired");
    let detail = problem["detail"].as_str().expect("a text");
    assert!(detail.starts_with("token audit ended at 20"), "{detail}");
    let russian = numbers_with(&app, token, "ru").await.expect(401);
    let detail = russian["detail"].as_str().expect("a text");
    assert!(detail.starts_with("срок токена audit истёк"), "{detail}");
    let body = json!({"query": "{ me { id } }"}).to_string();
    let answer = app
        .raw(Raw {
            method: "POST",
            path: "/graphql",
            token: Some(token),
            headers: &[("content-type", "application/json")],
            body: body.as_bytes(),
        })
        .await;
    assert_eq!(
        answer.expect(401)["errors"][0]["extensions"]["code"],
        "UNAUTHENTICATED"
    );
}

#[tokio::test]
async fn an_end_must_be_a_time_to_come() {
    let app = TestApp::start().await;
    let ask = async |end: Value| {
        let body = json!({"name": "audit", "role": "agent", "expires_at": end});
        app.post("/admin/tokens", body).await.expect(422)["errors"][0].clone()
    };
    let past = ask(json!(ends_in(-1))).await;
    assert_eq!(
        (&past["field"], &past["code"]),
        (&json!("expires_at"), &json!("invalid_expiry"))
    );
    assert_eq!(ask(json!("tomorrow")).await["code"], "invalid_time");
    assert_eq!(ask(json!(5)).await["field"], "expires_at");
    let far = app
        .post(
            "/admin/tokens",
            json!({"name": "n", "role": "agent", "expires_at": null}),
        )
        .await
        .expect(201);
    assert_eq!(far["expires_at"], Value::Null);
}

#[tokio::test]
async fn the_terminal_makes_lists_and_revokes_tokens() {
    let app = TestApp::start().await;
    let made = [
        "token", "create", "--name", "crm", "--role", "agent", "--days", "30",
    ];
    let token = app.vestnik(&[], &made).await.good().trim().to_owned();
    numbers_with(&app, &token, "en").await.expect(200);
    let listed = app.vestnik(&[], &["token", "list"]).await.good();
    let row: Vec<&str> = listed.trim_end().split('\t').collect();
    assert_eq!((row[1], row[3]), ("agent", "crm"));
    let month = SystemClock.now().plus_seconds(30 * 24 * 3600);
    let end = row[2].parse().expect("a time");
    assert!(month.micros_since(end).abs() < 60_000_000, "{}", row[2]);
    assert!(!listed.contains(&token));

    let none = app.vestnik(&[], &["token", "revoke", "crn"]).await;
    assert!(!none.success && none.err.contains("vestnik token list"));
    app.vestnik(&[], &made).await.good();
    let twice = app
        .vestnik(&[], &["--lang", "ru", "token", "revoke", "crm"])
        .await;
    assert!(
        !twice.success && twice.err.contains("укажите id"),
        "{}",
        twice.err
    );
    let revoked = app.vestnik(&[], &["token", "revoke", row[0]]).await;
    assert!(
        revoked.err.contains("token crm is revoked"),
        "{}",
        revoked.err
    );
    numbers_with(&app, &token, "en").await.expect(401);
    app.vestnik(&[], &["token", "revoke", "crm"]).await.good();
    assert_eq!(app.vestnik(&[], &["token", "list"]).await.good(), "");
}

#[tokio::test]
async fn help_and_wrong_usage_speak_the_readers_language() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let russian = [("LC_ALL", "ru_RU.UTF-8")];
    let help = vestnik_in(&data, &russian, &["token", "create", "--help"]).await;
    let help = help.good();
    assert!(help.contains("Использование: "), "{help}");
    assert!(help.contains("Пример"), "{help}");
    let english = vestnik_in(&data, &russian, &["--lang", "en", "token", "--help"]).await;
    assert!(english.good().contains("Usage: "));
    let wrong = vestnik_in(&data, &russian, &["token", "crate"]).await;
    assert!(
        wrong.err.starts_with("ошибка: неизвестная команда"),
        "{}",
        wrong.err
    );
}
