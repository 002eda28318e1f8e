//! Backups of what is in PostgreSQL: one moment of it beside a running server, in the same form as those of
//! SQLite, restored on either.

use std::path::Path;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqlSafeStr as _};
use tests::private_postgres::PrivatePostgres;

use super::whole::{at_rest, fingerprints, manifest, talk};
use super::{data_dir, send, text};
use crate::support::{AppOptions, SALON, Said, TestApp, eventually, vestnik_in};

const ANNA: &str = "79994440030";

async fn start(url: &str) -> TestApp {
    let settings = vec![("DATABASE_URL", url.to_owned())];
    let app = TestApp::start_with(AppOptions { settings }).await;
    app.add_number().await;
    app.import_bot(SALON).await;
    app
}

async fn run(app: &TestApp, url: &str, arguments: &[&str]) -> Said {
    app.vestnik(&[("DATABASE_URL", url)], arguments).await
}

async fn make_database(server: &PrivatePostgres, name: &str) -> String {
    let mut connection = PgConnection::connect(&server.url("postgres"))
        .await
        .expect("a connection");
    let text = AssertSqlSafe(format!("create database {name}")).into_sql_str();
    sqlx::raw_sql(text)
        .execute(&mut connection)
        .await
        .expect("a database");
    server.url(name)
}

/// The machine with the data folder is lost, its server of PostgreSQL as well.
fn lose(app: &TestApp, name: &str) {
    std::fs::rename(data_dir(app), app.folder.path().join(name)).expect("the folder goes");
}

async fn outbound(app: &TestApp) -> Value {
    app.get_root("/readyz").await.expect(200)["checks"]["outbound"].clone()
}

/// All events, as they are stored.
async fn events(url: &str) -> Vec<(i64, String, String, String)> {
    let mut connection = PgConnection::connect(url).await.expect("a connection");
    sqlx::query_as(
        "select position, aggregate_id, command_id, payload::text from events order by position",
    )
    .fetch_all(&mut connection)
    .await
    .expect("events")
}

#[tokio::test]
async fn a_backup_of_postgres_under_traffic_is_a_whole_prefix_of_the_log() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let url = server.url("postgres");
    let app = start(&url).await;
    talk(&app, 0..3).await;
    let backup = app.folder.path().join("monday");
    let create = ["backup", "create", "--output", text(&backup)];
    let ((), said) = futures::join!(talk(&app, 3..12), run(&app, &url, &create));
    assert_eq!(said.good().trim(), text(&backup));
    let manifest = manifest(&backup);
    let head = manifest["head"].as_u64().expect("a position");
    let inside = app.inside().app();
    assert!(head > 0 && head <= inside.log.head());
    assert_eq!(manifest["counts"]["events"], head);
    assert_eq!(manifest["epoch"], inside.log.epoch().to_string());
    let mut live = events(&url).await;
    live.truncate(usize::try_from(head).expect("a length"));
    assert_eq!(
        super::whole::events(&backup.join("log.db"), head).await,
        live
    );
    let names = std::fs::read_dir(&backup).expect("a folder").count();
    assert_eq!(names, 2, "no read models, no keys");

    let said = run(&app, &url, &["backup", "verify", text(&backup)]).await;
    let said = said.good();
    assert_eq!(said.matches("ok\t").count(), 7, "{said}");
    run(&app, &url, &create).await.refused("backup_exists");
    // No trace of where the data lay before is in it.
    let file = format!("sqlite://{}", backup.join("log.db").display());
    let pool = sqlx::SqlitePool::connect(&file).await.expect("a log");
    let marks: i64 = sqlx::query_scalar(
        "select count(*) from log_meta where key in ('home', 'copying', 'moved')",
    )
    .fetch_one(&pool)
    .await
    .expect("a count");
    assert_eq!(marks, 0);
    pool.close().await;
    // Also without a server.
    let mut app = app;
    app.stop().await;
    let said = run(&app, &url, &["backup", "create"]).await.good();
    run(&app, &url, &["backup", "verify", said.trim()])
        .await
        .good();
}

/// Restores into a new database and serves it: the same, under a new epoch, with nothing leaving.
async fn restore_and_serve(app: &mut TestApp, url: &str, backup: &Path, keys: &Path) {
    let restore = ["backup", "restore", text(backup), "--keys", text(keys)];
    run(app, url, &restore).await.good();
    app.set("DATABASE_URL", url.to_owned());
    app.restart().await;
    app.settled().await;
}

#[tokio::test]
async fn a_backup_is_restored_on_either_database() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let url = server.url("postgres");
    let mut app = start(&url).await;
    talk(&app, 30..33).await;
    at_rest(&app, 30..33).await;
    let before = fingerprints(&app).await;
    let listed = app.get("/conversations").await.expect(200);
    let epoch = app.inside().app().log.epoch();
    let (backup, keys) = (
        app.folder.path().join("monday"),
        app.folder.path().join("keys.txt"),
    );
    let create = ["backup", "create", "--output", text(&backup)];
    run(&app, &url, &create).await.good();
    let of_keys = ["keys", "backup", "--output", text(&keys)];
    run(&app, &url, &of_keys).await.good();
    let restore = ["backup", "restore", text(&backup), "--keys", text(&keys)];
    run(&app, &url, &restore).await.refused("data_dir_in_use");
    app.stop().await;
    // What is there is not touched, and without keys nothing begins.
    let said = run(&app, &url, &restore)
        .await
        .refused("database_not_empty");
    assert!(said.contains("events"), "{said}");
    lose(&app, "lost");
    let other = make_database(&server, "other").await;
    run(&app, &other, &restore[..3])
        .await
        .refused("keys_missing");

    restore_and_serve(&mut app, &other, &backup, &keys).await;
    let second = app.inside().app().log.epoch();
    assert_ne!(second, epoch);
    assert_eq!(outbound(&app).await, "frozen");
    assert_eq!(fingerprints(&app).await, before);
    assert_eq!(app.get("/conversations").await.expect(200), listed);
    let conversation = app.conversation(ANNA).await;
    let waits = send(&app, &conversation, "we are back").await;
    assert!(app.meta.outcomes(&waits).is_empty(), "held");
    run(&app, &other, &["outbound", "release"]).await.good();
    super::in_state(&app, &conversation, &waits, "accepted").await;
    eventually("open", || async {
        (outbound(&app).await == "open").then_some(())
    })
    .await;

    // The second life's backup goes into a folder, once nothing changes any more.
    app.meta.shows(ANNA, 4).await;
    at_rest(&app, 30..33).await;
    let before = fingerprints(&app).await;
    let tuesday = app.folder.path().join("tuesday");
    let create = ["backup", "create", "--output", text(&tuesday)];
    run(&app, &other, &create).await.good();
    app.stop().await;
    lose(&app, "lost-again");
    let restore = ["backup", "restore", text(&tuesday), "--keys", text(&keys)];
    app.set("DATABASE_URL", String::new());
    app.vestnik(&[], &restore).await.good();
    assert!(data_dir(&app).join("log.db").is_file());
    app.restart().await;
    assert_ne!(app.inside().app().log.epoch(), second);
    assert_eq!(outbound(&app).await, "frozen");
    assert_eq!(fingerprints(&app).await, before);

    // And that of SQLite into PostgreSQL again.
    let wednesday = app.folder.path().join("wednesday");
    let create = ["backup", "create", "--output", text(&wednesday)];
    app.vestnik(&[], &create).await.good();
    app.stop().await;
    lose(&app, "lost-for-good");
    let third = make_database(&server, "third").await;
    restore_and_serve(&mut app, &third, &wednesday, &keys).await;
    assert_eq!(fingerprints(&app).await, before);
    let head = app.inside().app().log.head();
    assert_eq!(events(&third).await.len() as u64, head);
}

#[tokio::test]
async fn a_restore_that_broke_off_is_gone_on_with_and_cannot_be_served_before() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let mut app = TestApp::with_salon().await;
    talk(&app, 40..42).await;
    at_rest(&app, 40..42).await;
    let before = fingerprints(&app).await;
    let (backup, keys) = super::back_up(&app, "monday").await;
    app.stop().await;
    lose(&app, "lost");
    let url = server.url("postgres");
    let restore = ["backup", "restore", text(&backup), "--keys", text(&keys)];
    // A table that refuses a row breaks it off.
    let mut connection = PgConnection::connect(&url).await.expect("a connection");
    infrastructure::database::open::POSTGRES_MIGRATIONS
        .run(&mut connection)
        .await
        .expect("tables");
    let refuse = "alter table outbox add constraint refuse check (epoch < 0)";
    sqlx::raw_sql(refuse)
        .execute(&mut connection)
        .await
        .expect("a constraint");
    run(&app, &url, &restore).await.refused("copy_failed");
    let settings = [("DATABASE_URL", &*url)];
    let said = vestnik_in(&data_dir(&app), &settings, &["serve"]).await;
    said.refused("copy_unfinished");
    let said = run(&app, &url, &["doctor"]).await;
    let line = said.line("D-DATABASE");
    assert!(line.contains("copy_unfinished"), "{line}");
    sqlx::raw_sql("alter table outbox drop constraint refuse")
        .execute(&mut connection)
        .await
        .expect("no constraint");
    restore_and_serve(&mut app, &url, &backup, &keys).await;
    assert_eq!(fingerprints(&app).await, before);
    let status = app.get("/admin/outbound").await.expect(200);
    assert_eq!(status["frozen"], json!(true));
}
