//! `vestnik doctor` through the built binary: beside a server, without one, and with things broken.

use std::os::unix::fs::PermissionsExt;

use api::simulator::fault::Fault;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Connection as _;
use tests::private_postgres::PrivatePostgres;

use crate::support::{AppOptions, PHONE_NUMBER_ID, Said, TestApp, eventually, vestnik_in};

const CUSTOMER: &str = "79991112233";

#[track_caller]
fn is(said: &Said, code: &str, state: &str) {
    let line = said.line(code);
    assert!(line.starts_with(state), "{line}");
}

/// Nothing but the disk of the machine that tests run on may be wrong.
#[track_caller]
fn has_no_problem(said: &Said) {
    let problems: Vec<&str> = said
        .out
        .lines()
        .filter(|line| line.starts_with("problem") && !line.contains("D-DISK"))
        .collect();
    assert!(problems.is_empty(), "{}", said.out);
}

async fn doctor(app: &TestApp, settings: &[(&str, &str)]) -> Said {
    app.vestnik(settings, &["doctor"]).await
}

#[tokio::test]
async fn what_works_is_ok_beside_a_running_server() {
    let app = TestApp::with_salon().await;
    app.meta.types(CUSTOMER, "Здравствуйте");
    app.meta.shows(CUSTOMER, 2).await;
    app.settled().await;
    let said = doctor(&app, &[("PUBLIC_URL", app.base())]).await;
    for code in [
        "D-CONFIG",
        "D-APP-SECRET",
        "D-KEYS",
        "D-KEY-MODE",
        "D-DATABASE",
        "D-VERSION",
        "D-READ-DATABASE",
        "D-CLOCK",
        "D-SERVER",
        "D-WEBHOOK",
        "D-OUTBOUND",
        "D-READ-MODELS",
        "D-HELD",
        "D-NUMBERS",
        "D-TOKEN",
        "D-SUBSCRIBED",
        "D-BOT",
        "D-INBOUND",
    ] {
        is(&said, code, "ok");
    }
    // The tests' server has no certificate.
    is(&said, "D-PUBLIC-URL", "problem");
    assert!(!said.success);
    let all = format!("{}{}", said.out, said.err);
    for secret in [
        "EAAtokenOfTheTests4f2a",
        "verify-token-of-the-tests",
        "app-secret",
    ] {
        assert!(!all.contains(secret), "{all}");
    }
}

#[tokio::test]
async fn it_speaks_russian() {
    let app = TestApp::with_number().await;
    let said = app.vestnik(&[], &["--lang", "ru", "doctor"]).await;
    is(&said, "D-KEYS", "норма");
    is(&said, "D-BOT", "внимание");
    is(&said, "D-WEBHOOK", "не проверено");
    assert!(said.err.contains("предупреждений"), "{}", said.err);
}

#[tokio::test]
async fn without_a_server_the_rest_is_looked_at() {
    let mut app = TestApp::with_salon().await;
    app.stop().await;
    let said = doctor(&app, &[]).await;
    has_no_problem(&said);
    is(&said, "D-SERVER", "not checked");
    is(&said, "D-WEBHOOK", "not checked");
    is(&said, "D-DATABASE", "ok");
    is(&said, "D-TOKEN", "ok");
    is(&said, "D-BOT", "ok");
}

#[tokio::test]
async fn nothing_is_made_where_nothing_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let nowhere = [("WHATSAPP_API_URL", "http://127.0.0.1:9/v25.0")];
    let said = vestnik_in(&data, &nowhere, &["doctor"]).await;
    has_no_problem(&said);
    is(&said, "D-DATABASE", "not checked");
    is(&said, "D-CLOCK", "not checked");
    is(&said, "D-NUMBERS", "not checked");
    assert!(!said.out.contains("restore"), "{}", said.out);
    assert!(!data.exists());
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_all_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = [("PORT", "80000"), ("PUBLIC_URL", "shop")];
    let said = vestnik_in(&folder.path().join("data"), &settings, &["doctor"]).await;
    assert!(!said.success);
    let problems = said.out.lines().filter(|line| line.starts_with("problem"));
    assert_eq!(problems.count(), 2, "{}", said.out);
    is(&said, "D-SERVER", "not checked");
}

#[tokio::test]
async fn a_refused_token_and_open_keys_are_problems() {
    let app = TestApp::with_number().await;
    let number = &app.get("/whatsapp/numbers").await.expect(200)[0];
    let path = format!(
        "/whatsapp/numbers/{}",
        number["id"].as_str().expect("an id")
    );
    let revoked = json!({"access_token": "revoked"});
    app.call(Method::PUT, &path, Some(revoked))
        .await
        .expect(200);
    let key = app.folder.path().join("data/keys/pepper");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    let said = doctor(&app, &[]).await;
    assert!(!said.success);
    is(&said, "D-TOKEN", "problem");
    is(&said, "D-KEY-MODE", "problem");
    assert!(said.line("D-KEY-MODE").contains("keys/pepper"));
}

#[tokio::test]
async fn an_account_that_no_app_is_subscribed_to_is_a_problem() {
    let app = TestApp::with_number().await;
    let meta = app.meta.simulator.meta();
    meta.set_behavior(api::simulator::behavior::Behavior {
        is_subscribed: false,
        ..meta.behavior()
    });
    let said = doctor(&app, &[]).await;
    is(&said, "D-SUBSCRIBED", "problem");
    assert!(said.out.contains("/subscribed_apps"), "{}", said.out);
}

#[tokio::test]
async fn a_webhook_that_leads_elsewhere_is_a_problem() {
    let app = TestApp::with_number().await;
    let another = TestApp::start().await;
    let settings = [
        ("PUBLIC_URL", app.base()),
        ("WHATSAPP_VERIFY_TOKEN", "another-verify-token"),
    ];
    let said = doctor(&app, &settings).await;
    is(&said, "D-WEBHOOK", "problem");
    assert!(
        said.line("D-WEBHOOK").contains("verify token"),
        "{}",
        said.out
    );
    let meta = another.meta.url();
    let said = doctor(&app, &[("PUBLIC_URL", meta.as_str())]).await;
    is(&said, "D-WEBHOOK", "problem");
    assert!(said.line("D-WEBHOOK").contains("404"), "{}", said.out);
}

#[tokio::test]
async fn keys_of_another_log_are_a_problem_and_no_server_is_started() {
    let mut app = TestApp::with_number().await;
    app.stop().await;
    let other = "a passphrase that is another one, 32 long";
    let said = doctor(&app, &[("ENCRYPTION_KEY", other)]).await;
    is(&said, "D-KEYS", "problem");
    is(&said, "D-NUMBERS", "not checked");
    assert!(!said.success);
}

async fn explained(app: &TestApp, conversation: &Value) -> Said {
    let id = conversation["id"].as_str().expect("an id");
    app.vestnik(&[], &["doctor", "--conversation", id]).await
}

#[tokio::test]
async fn a_conversation_is_explained() {
    let app = TestApp::with_number().await;
    let first = app.hears(CUSTOMER, "Анна", "Здравствуйте").await;
    app.messages_when(&first, "it was left unanswered", |all| {
        all[0]["unanswered_reason"] == "no_active_bot"
    })
    .await;
    let said = explained(&app, &first).await;
    is(&said, "D-WHY-NO-BOT", "problem");
    is(&said, "D-BOT", "warning");
    is(&said, "D-TOKEN", "ok");
    assert!(!said.success);

    app.import_bot(crate::support::SALON).await;
    let wa_id = "79994445566";
    app.meta.types(wa_id, "Здравствуйте");
    app.meta.shows(wa_id, 2).await;
    let second = app
        .conversation_when(wa_id, "the answer left", |one| {
            let status = &one["last_message"]["status"];
            one["last_message"]["direction"] == "outbound" && *status != "pending"
        })
        .await;
    let said = explained(&app, &second).await;
    is(&said, "D-WHY-ANSWERED", "ok");
    assert!(said.success, "{}", said.out);

    let id = second["id"].as_str().expect("an id");
    let path = format!("/conversations/{id}/takeover");
    app.post(&path, json!({})).await.expect(200);
    app.hears(wa_id, "Анна", "Вы тут?").await;
    let said = explained(&app, &second).await;
    is(&said, "D-WHY-PERSON", "warning");
    assert!(said.out.contains(PHONE_NUMBER_ID), "{}", said.out);
}

#[tokio::test]
async fn a_refused_answer_is_explained_by_the_bubble_that_was_refused() {
    let app = TestApp::with_salon().await;
    app.meta.will([Fault::Reject(131_030)]);
    app.meta.types(CUSTOMER, "Здравствуйте");
    let conversation = app
        .conversation_when(CUSTOMER, "people are asked", |one| {
            one["awaiting_people_since"].is_string()
        })
        .await;
    app.messages_when(&conversation, "the rest of the turn is canceled", |all| {
        all.iter().any(|one| one["status"] == "canceled")
    })
    .await;
    let said = explained(&app, &conversation).await;
    is(&said, "D-WHY-SEND", "problem");
    let why = "recipient_not_allowed (131030)";
    assert!(said.line("D-WHY-SEND").contains(why), "{}", said.out);
    assert!(said.out.contains("test recipients"), "{}", said.out);

    let id = conversation["id"].as_str().expect("an id");
    let tail = ["conversations", "tail", id, "--no-follow"];
    let printed = app.vestnik(&[], &tail).await.good();
    assert!(printed.contains(&format!("\t{why}: ")), "{printed}");
}

#[tokio::test]
async fn an_unknown_conversation_is_refused_with_its_code() {
    let app = TestApp::start().await;
    let said = app.vestnik(&[], &["doctor", "--conversation", "x"]).await;
    assert!(!said.success);
    assert!(said.err.contains("(not_found)"), "{}", said.err);
}

#[tokio::test]
async fn a_server_of_postgres_is_looked_at_too() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let url = server.url("postgres");
    let settings = vec![("DATABASE_URL", url.clone())];
    let mut app = TestApp::start_with(AppOptions { settings }).await;
    app.add_number().await;
    let said = doctor(&app, &[]).await;
    for code in [
        "D-KEYS",
        "D-DATABASE",
        "D-VERSION",
        "D-CONNECTIONS",
        "D-DATABASE-CLOCK",
        "D-TOKEN",
    ] {
        is(&said, code, "ok");
    }
    // Servers of tests need not survive a power cut.
    is(&said, "D-DURABILITY", "problem");
    assert!(said.line("D-DURABILITY").contains("fsync off"));
    app.stop().await;
    let clone = server.url("clone");
    let mut connection = sqlx::PgConnection::connect(&server.url("template1"))
        .await
        .expect("a connection");
    eventually("nobody is connected", || async {
        let mut watch = sqlx::PgConnection::connect(&server.url("template1"))
            .await
            .ok()?;
        let others = "select count(*) from pg_stat_activity where datname = 'postgres'";
        let others = sqlx::query_scalar::<_, i64>(others).fetch_one(&mut watch);
        (others.await.ok()? == 0).then_some(())
    })
    .await;
    sqlx::raw_sql("create database clone template postgres")
        .execute(&mut connection)
        .await
        .expect("a clone");
    let said = doctor(&app, &[("DATABASE_URL", &clone)]).await;
    is(&said, "D-DATABASE", "problem");
    assert!(said.line("D-DATABASE").contains("database_restored"));
    is(&said, "D-NUMBERS", "not checked");
    let nowhere = "postgres://vestnik:hunter2@127.0.0.1:1/vestnik";
    let said = doctor(&app, &[("DATABASE_URL", nowhere)]).await;
    is(&said, "D-DATABASE", "problem");
    assert!(!format!("{}{}", said.out, said.err).contains("hunter2"));
}
