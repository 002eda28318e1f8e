//! A copy that is killed is gone on with; until it is whole, its source is served and its target is not.

use std::process::Stdio;
use std::time::Instant;

use sqlx::{Connection as _, PgConnection};
use tests::private_postgres::PrivatePostgres;
use tokio::process::Command;

use super::talks;
use super::{
    connect, copy, data_dir, fingerprints, is_not_served, make_tables, number, sql, sqlite,
};
use crate::support::{DEADLINE, TestApp};

const ANNA: &str = "79998880001";
const BORIS: &str = "79998880002";

/// Starts a copy, kills it while it waits for a table that another one holds.
async fn kill_in_the_middle(app: &TestApp, url: &str, watch: &mut PgConnection) {
    let mut holder = connect(url).await;
    let mut held = holder.begin().await.expect("a transaction");
    sql(&mut held, "lock table wamid_routes in share mode").await;
    let mut copying = Command::new(env!("CARGO_BIN_EXE_server"))
        .args(["copy", "--from", &sqlite(app), "--to", url])
        .current_dir(app.folder.path())
        .env("DATA_DIR", data_dir(app))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary runs");
    let began = Instant::now();
    let mut waits = false;
    while !waits {
        assert!(began.elapsed() < DEADLINE, "it never came to the table");
        let ended = copying.try_wait().expect("a state");
        assert_eq!(ended, None, "it ended before it came to the table");
        let waiting = "select count(*) from pg_locks where not granted";
        waits = number(watch, waiting).await > 0;
        tokio::task::yield_now().await;
    }
    copying.kill().await.expect("it is killed");
    held.rollback().await.expect("the table is free");
}

#[tokio::test]
async fn a_copy_that_is_killed_is_gone_on_with() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let url = server.url("postgres");
    let mut app = TestApp::with_salon().await;
    talks(&app, ANNA).await;
    app.stop().await;
    let mut connection = connect(&url).await;
    make_tables(&mut connection).await;
    kill_in_the_middle(&app, &url, &mut connection).await;
    let copied = number(&mut connection, "select count(*) from events").await;
    assert!(copied > 10, "{copied}");
    let missing = number(&mut connection, "select count(*) from wamid_routes").await;
    assert_eq!(missing, 0);
    is_not_served(&app, &url, "copy_unfinished").await;
    // As if it had been killed between two parts of a table.
    sql(&mut connection, "delete from events where position > 7").await;

    // Another installation does not go on with it.
    let mut other = TestApp::with_number().await;
    other.stop().await;
    copy(&other, &sqlite(&other), &url)
        .await
        .refused("database_not_empty");

    // The source was not moved: it goes on, and changes.
    app.restart().await;
    talks(&app, BORIS).await;
    app.settled().await;
    let before = fingerprints(&app).await;
    app.stop().await;
    let said = copy(&app, &sqlite(&app), &url).await;
    assert!(said.err.contains("copied anew"), "{}", said.err);
    said.good();
    app.set("DATABASE_URL", url.clone());
    app.restart().await;
    assert_eq!(fingerprints(&app).await, before);
    let stored = number(&mut connection, "select count(*) from events").await;
    assert_eq!(app.inside().app().log.head(), stored.unsigned_abs());
}
