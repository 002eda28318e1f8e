//! A backup under traffic is a whole prefix; a restored installation shows the same, under a new epoch.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use reqwest::Method;
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::{back_up, data_dir, lose_and_restore, text, vestnik};
use crate::support::{TestApp, eventually, press};

fn wa_id(number: u32) -> String {
    format!("7999444{number:04}")
}

/// A customer's first three bubbles and the bot's answers.
pub(super) async fn talk(app: &TestApp, customers: std::ops::Range<u32>) {
    for number in customers.clone() {
        app.meta.types(&wa_id(number), "Здравствуйте");
    }
    for number in customers {
        let wa_id = wa_id(number);
        app.meta.shows(&wa_id, 2).await;
        app.meta
            .acts(&wa_id, &press("book", "Записаться на услугу"));
        app.meta.shows(&wa_id, 3).await;
    }
}

/// Nothing changes any more: all is handled, sent and reported as read.
pub(super) async fn at_rest(app: &TestApp, customers: std::ops::Range<u32>) {
    for number in customers {
        let conversation = app.conversation(&wa_id(number)).await;
        app.messages_when(&conversation, "everything is read", |all| {
            let sent = || all.iter().filter(|one| one["direction"] == "outbound");
            sent().count() >= 3 && sent().all(|one| one["status"] == "read")
        })
        .await;
    }
}

/// One hash of each read model, once all have taken everything.
pub(super) async fn fingerprints(app: &TestApp) -> Vec<(String, String)> {
    app.settled().await;
    let listed = app.get("/admin/projections").await.expect(200);
    let mut prints = Vec::new();
    for one in listed.as_array().expect("a list") {
        let name = one["name"].as_str().expect("a name");
        let print = app.inside().app().projections.fingerprint(name).await;
        prints.push((name.to_owned(), print.expect("a hash")));
    }
    prints
}

/// All events up to a position, as they lie on disk.
pub(super) async fn events(log: &Path, through: u64) -> Vec<(i64, String, String, String)> {
    let mut connection = SqliteConnectOptions::new()
        .filename(log)
        .read_only(true)
        .connect()
        .await
        .expect("a log");
    let rows = sqlx::query_as(
        "select position, aggregate_id, command_id, payload from events \
         where position <= $1 order by position",
    )
    .bind(through.cast_signed())
    .fetch_all(&mut connection)
    .await
    .expect("events");
    connection.close().await.expect("closed");
    rows
}

pub(super) fn manifest(backup: &Path) -> Value {
    let text = std::fs::read(backup.join("manifest.json")).expect("a manifest");
    serde_json::from_slice(&text).expect("JSON")
}

#[tokio::test]
async fn backup_under_traffic_is_a_whole_prefix_of_the_log() {
    let app = TestApp::with_salon().await;
    talk(&app, 0..3).await;
    let backup = app.folder.path().join("monday");
    let create = ["backup", "create", "--output", text(&backup)];
    let ((), said) = futures::join!(talk(&app, 3..12), vestnik(&app, &create));
    said.good();

    for (path, mode) in [("", 0o700), ("log.db", 0o600), ("manifest.json", 0o600)] {
        let found = std::fs::metadata(backup.join(path)).expect("it is there");
        assert_eq!(found.permissions().mode() & 0o777, mode, "{path}");
    }
    let names: Vec<_> = std::fs::read_dir(&backup)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names.len(), 2, "no read models, no keys: {names:?}");
    let manifest = manifest(&backup);
    let head = manifest["head"].as_u64().expect("a position");
    assert_eq!(manifest["counts"]["events"], head);
    assert_eq!(manifest["product_version"], env!("CARGO_PKG_VERSION"));
    let inside = app.inside().app();
    assert!(head > 0 && head <= inside.log.head());
    assert_eq!(manifest["epoch"], inside.log.epoch().to_string());
    let live = events(&data_dir(&app).join("log.db"), head).await;
    assert_eq!(events(&backup.join("log.db"), u64::MAX >> 1).await, live);
    assert_eq!(live.len() as u64, head);

    let said = vestnik(&app, &["backup", "verify", text(&backup)]).await;
    let said = said.good();
    assert_eq!(said.matches("ok\t").count(), 7, "{said}");
    // Elsewhere, where no keys lie, it says what it could not check.
    let elsewhere = app.folder.path().join("elsewhere");
    let said = super::run(&elsewhere, &[], &["backup", "verify", text(&backup)]).await;
    let said = said.good();
    assert_eq!(said.matches("ok\t").count(), 5, "{said}");
    assert_eq!(said.matches("NOT CHECKED").count(), 2, "{said}");
    let russian = ["--lang", "ru", "backup", "verify", text(&backup)];
    let said = super::run(&elsewhere, &[], &russian).await.good();
    assert!(said.contains("НЕ ПРОВЕРЕНО"), "{said}");
    assert!(!elsewhere.exists(), "looking makes nothing");
    // A place that is taken is left as it is.
    vestnik(&app, &create).await.refused("backup_exists");
    // Without a place it gets one of its own, also without a server.
    let mut app = app;
    app.stop().await;
    let said = vestnik(&app, &["backup", "create"]).await.good();
    assert!(
        said.starts_with(text(&data_dir(&app).join("backups"))),
        "{said}"
    );
    vestnik(&app, &["backup", "verify", said.trim()])
        .await
        .good();
}

#[tokio::test]
async fn restored_installation_shows_the_same_under_a_new_epoch() {
    let mut app = TestApp::with_salon().await;
    talk(&app, 20..24).await;
    at_rest(&app, 20..24).await;
    let token = app.token("agent").await;
    let before = fingerprints(&app).await;
    assert!(before.len() >= 6, "{before:?}");
    let listed = app.get("/conversations").await.expect(200);
    let page = app.get("/conversations?limit=1").await;
    let cursor = page.header("x-next-cursor").expect("a cursor").to_owned();
    let old_epoch = app.inside().app().log.epoch();
    let (backup, keys) = back_up(&app, "monday").await;
    let mode = std::fs::metadata(&keys).expect("a file").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);

    lose_and_restore(&mut app, &backup, &keys).await;
    assert_ne!(app.inside().app().log.epoch(), old_epoch);
    assert_eq!(fingerprints(&app).await, before);
    assert_eq!(app.get("/conversations").await.expect(200), listed);
    let ready = app.get_root("/readyz").await.expect(200);
    assert_eq!(ready["checks"]["outbound"], "frozen");
    // Tokens of the backup work, its cursors do not.
    let answer = app
        .call_as(&token, Method::GET, "/conversations", None, &[])
        .await;
    answer.expect(200);
    let path = format!("/conversations?limit=1&cursor={cursor}");
    let after = format!("/conversations?limit=1&after={cursor}");
    let mut refused = app.get(&after).await;
    if refused.status.is_success() {
        refused = app.get(&path).await;
    }
    let problem = refused.expect(422);
    assert_eq!(problem["errors"][0]["code"], "cursor_expired", "{problem}");
    // The second life can be backed up as well, and says whose child it is.
    let (again, _) = back_up(&app, "tuesday").await;
    assert_ne!(manifest(&again)["epoch"], manifest(&backup)["epoch"]);
    vestnik(&app, &["outbound", "release"]).await.good();
    eventually("open", || async {
        let ready = app.get_root("/readyz").await.expect(200);
        (ready["checks"]["outbound"] == "open").then_some(())
    })
    .await;
}
