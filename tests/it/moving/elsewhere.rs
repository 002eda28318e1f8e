//! A database that was restored or cloned by hand, or put back to an earlier moment, is not served until a person
//! says what of it.

use serde_json::{Value, json};
use tests::private_postgres::PrivatePostgres;

use super::{connect, data_dir, fingerprints, is_not_served, sql, talks};
use crate::support::{AppOptions, SALON, TestApp, eventually};

const ANNA: &str = "79996660001";

async fn on(url: &str) -> TestApp {
    let settings = vec![("DATABASE_URL", url.to_owned())];
    let app = TestApp::start_with(AppOptions { settings }).await;
    app.add_number().await;
    app.import_bot(SALON).await;
    app
}

async fn outbound(app: &TestApp) -> Value {
    app.get_root("/readyz").await.expect(200)["checks"]["outbound"].clone()
}

#[tokio::test]
async fn a_dump_that_was_restored_begins_a_new_epoch_once_a_person_says_so() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let mut app = on(&server.url("postgres")).await;
    talks(&app, ANNA).await;
    let epoch = app.inside().app().log.epoch();
    let before = fingerprints(&app).await;
    let mut connection = connect(&server.url("postgres")).await;
    sql(&mut connection, "create database restored").await;
    // Also while the server runs.
    server
        .dump_and_restore("postgres", "restored")
        .expect("a dump is restored");
    app.stop().await;
    let url = server.url("restored");
    let said = is_not_served(&app, &url, "database_restored").await;
    assert!(said.contains("vestnik restored"), "{said}");
    let said = app
        .vestnik(
            &[("DATABASE_URL", &*url)],
            &["--lang", "ru", "numbers", "list"],
        )
        .await;
    let said = said.refused("database_restored");
    assert!(said.contains("восстановлена или клонирована"), "{said}");
    let said = app.vestnik(&[("DATABASE_URL", &*url)], &["restored"]).await;
    said.good();

    app.set("DATABASE_URL", url.clone());
    app.restart().await;
    assert_ne!(app.inside().app().log.epoch(), epoch);
    assert_eq!(outbound(&app).await, "frozen");
    assert_eq!(fingerprints(&app).await, before);
    let released = [("DATABASE_URL", &*url)];
    let said = app.vestnik(&released, &["outbound", "release"]).await;
    said.good();
    eventually("open", || async {
        (outbound(&app).await == "open").then_some(())
    })
    .await;
    talks(&app, "79996660002").await;
    // It is at home here now.
    app.restart().await;
    assert_eq!(outbound(&app).await, "open");
}

#[tokio::test]
async fn a_clone_goes_on_only_where_nothing_was_lost() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let mut app = on(&server.url("postgres")).await;
    talks(&app, ANNA).await;
    let epoch = app.inside().app().log.epoch();
    let here = server.url("postgres");
    let said = app
        .vestnik(&[("DATABASE_URL", &here)], &["restored", "--nothing-lost"])
        .await;
    said.refused("data_dir_in_use");
    app.stop().await;
    let mut connection = connect(&server.url("template1")).await;
    eventually("nobody is connected", || async {
        let mut watch = connect(&server.url("template1")).await;
        let others = "select count(*) from pg_stat_activity where datname = 'postgres'";
        (super::number(&mut watch, others).await == 0).then_some(())
    })
    .await;
    sql(&mut connection, "create database clone template postgres").await;
    let url = server.url("clone");
    is_not_served(&app, &url, "database_restored").await;
    let settings = [("DATABASE_URL", &*url)];
    app.vestnik(&settings, &["restored", "--nothing-lost"])
        .await
        .good();
    app.set("DATABASE_URL", url);
    app.restart().await;
    assert_eq!(app.inside().app().log.epoch(), epoch);
    assert_eq!(outbound(&app).await, "open");
}

#[tokio::test]
async fn a_log_that_ends_before_what_was_seen_of_it_is_not_served() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let url = server.url("postgres");
    let mut app = on(&url).await;
    talks(&app, ANNA).await;
    app.stop().await;
    let seen = data_dir(&app).join("log_seen.json");
    let text = std::fs::read(&seen).expect("what was seen");
    let mut value: Value = serde_json::from_slice(&text).expect("JSON");
    let head = value["head"].as_u64().expect("a position");
    assert!(head > 10, "{value}");
    // The same database, put back to before the last event.
    value["head"] = json!(head + 1);
    std::fs::write(&seen, value.to_string()).expect("written");
    let said = is_not_served(&app, &url, "database_restored").await;
    assert!(said.contains(&format!("ends at position {head}")), "{said}");
    // Saying that nothing was lost does not help: something was.
    let settings = [("DATABASE_URL", &*url)];
    app.vestnik(&settings, &["restored", "--nothing-lost"])
        .await
        .good();
    is_not_served(&app, &url, "database_restored").await;
    app.vestnik(&settings, &["restored"]).await.good();
    app.restart().await;
    assert_eq!(outbound(&app).await, "frozen");
}
