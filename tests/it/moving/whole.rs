//! What was moved shows the same and goes on; what it was moved from is not served any more.

use serde_json::json;
use tests::private_postgres::PrivatePostgres;

use super::{
    all_is_read, connect, copy, data_dir, fingerprints, is_not_served, number, sql, sqlite, talks,
};
use crate::support::{TestApp, press, vestnik_in};

const ANNA: &str = "79997770001";
const BORIS: &str = "79997770002";

/// The customer presses on where the bot waits, the bot answers, a person writes.
async fn goes_on(app: &TestApp, wa_id: &str, shown: usize) {
    app.meta.types(wa_id, "Анна");
    app.meta.shows(wa_id, shown + 1).await;
    let conversation = app.conversation(wa_id).await;
    let path = format!(
        "/conversations/{}",
        conversation["id"].as_str().expect("id")
    );
    app.post(&format!("{path}/takeover"), json!({"force": true}))
        .await
        .expect(200);
    let text = format!("Добрый день! {shown}");
    app.post(&format!("{path}/messages"), json!({"content": text}))
        .await
        .expect(201);
    app.meta.shows(wa_id, shown + 2).await;
    all_is_read(app, wa_id, shown + 2).await;
}

#[tokio::test]
async fn an_installation_moves_to_postgres_and_back_and_goes_on() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let url = server.url("postgres");
    let mut app = TestApp::with_salon().await;
    for wa_id in [ANNA, BORIS, "79997770003"] {
        talks(&app, wa_id).await;
    }
    let token = app.token("agent").await;
    let before = fingerprints(&app).await;
    assert!(before.len() >= 6, "{before:?}");
    let listed = app.get("/conversations").await.expect(200);
    let epoch = app.inside().app().log.epoch();
    let head = app.inside().app().log.head();

    // A folder that is served stays as it is.
    copy(&app, &sqlite(&app), &url)
        .await
        .refused("data_dir_in_use");
    app.stop().await;
    let said = copy(&app, &sqlite(&app), &url).await;
    let told = said.err.clone();
    let out = said.good();
    let events = format!("ok\tevents\t{head}\t");
    assert!(out.contains(&events), "{out}");
    for named in ["encryption_key", "dedupe_key", "pepper"] {
        assert!(told.contains(named), "{told}");
    }
    let refused = is_not_served(&app, &sqlite(&app), "installation_moved").await;
    assert!(refused.contains("vestnik restored"), "{refused}");
    let commands = [("DATABASE_URL", &*sqlite(&app))];
    let said = vestnik_in(&data_dir(&app), &commands, &["numbers", "list"]).await;
    said.refused("installation_moved");
    let russian = ["--lang", "ru", "numbers", "list"];
    let said = vestnik_in(&data_dir(&app), &commands, &russian).await;
    assert!(
        said.refused("installation_moved")
            .contains("Эта установка перенесена")
    );
    copy(&app, &sqlite(&app), &url)
        .await
        .refused("installation_moved");

    app.set("DATABASE_URL", url.clone());
    app.restart().await;
    assert_eq!(fingerprints(&app).await, before);
    assert_eq!(app.get("/conversations").await.expect(200), listed);
    assert_eq!(app.inside().app().log.epoch(), epoch);
    let ready = app.get_root("/readyz").await.expect(200);
    assert_eq!(ready["checks"]["outbound"], "open");
    let answer = app.call_as(&token, reqwest::Method::GET, "/conversations", None, &[]);
    answer.await.expect(200);
    goes_on(&app, ANNA, 3).await;

    // And back, while a server is connected first, and then not.
    let back = app.folder.path().join("back");
    let to = format!("sqlite:{}", back.display());
    copy(&app, &url, &to).await.refused("database_in_use");
    app.meta.acts(BORIS, &press("book", "Записаться на услугу"));
    app.meta.shows(BORIS, 4).await;
    all_is_read(&app, BORIS, 4).await;
    let before = fingerprints(&app).await;
    app.stop().await;
    let mut connection = connect(&url).await;
    let given = number(
        &mut connection,
        "select last_value from process_commands_ordinal_seq",
    )
    .await;
    copy(&app, &url, &to).await.good();
    is_not_served(&app, &url, "installation_moved").await;
    let keys = back.join("keys");
    std::fs::create_dir(&keys).expect("a folder");
    for entry in std::fs::read_dir(data_dir(&app).join("keys")).expect("keys") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), keys.join(entry.file_name())).expect("a copy");
    }
    let file = format!("sqlite://{}", back.join("log.db").display());
    let pool = sqlx::SqlitePool::connect(&file).await.expect("a log");
    let last: i64 = sqlx::query_scalar("select max(seq) from sqlite_sequence")
        .fetch_one(&pool)
        .await
        .expect("a number");
    assert_eq!(last, given, "ordinals go on behind those that were given");
    pool.close().await;
    app.set("DATABASE_URL", to);
    app.restart().await;
    assert_eq!(fingerprints(&app).await, before);
    assert_eq!(app.inside().app().log.epoch(), epoch);
    goes_on(&app, BORIS, 4).await;
}

#[tokio::test]
async fn places_that_cannot_be_used_are_refused_and_stay_as_they_are() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let url = server.url("postgres");
    let mut app = TestApp::with_salon().await;
    talks(&app, ANNA).await;
    app.stop().await;
    let from = sqlite(&app);
    copy(&app, &from, &from).await.refused("copy_same_kind");
    copy(&app, &url, &url).await.refused("copy_same_kind");
    let nothing = format!("sqlite:{}", app.folder.path().join("nothing").display());
    copy(&app, &nothing, &url).await.refused("no_log");
    let file = format!("{nothing}/log.db");
    let said = copy(&app, &file, &url).await.refused("no_log");
    assert!(
        !said.contains("log.db"),
        "the file stands for its folder: {said}"
    );
    copy(&app, &url, &nothing).await.refused("no_log");
    assert!(!app.folder.path().join("nothing/log.db").exists());
    let secret = "postgres://vestnik:hunter2@[";
    let said = copy(&app, &from, secret).await.refused("validation_failed");
    assert!(said.contains("--to") && !said.contains("hunter2"), "{said}");
    copy(&app, "./data", &url)
        .await
        .refused("validation_failed");

    // A database of another installation.
    let mut connection = connect(&url).await;
    sql(&mut connection, "create database other").await;
    let other = server.url("other");
    let settings = [("DATABASE_URL", &*other)];
    let elsewhere = app.folder.path().join("elsewhere");
    vestnik_in(&elsewhere, &settings, &["migrate"]).await.good();
    let said = copy(&app, &from, &other).await;
    assert!(said.refused("database_not_empty").contains("log_meta"));
    vestnik_in(&elsewhere, &settings, &["numbers", "list"])
        .await
        .good();

    // A table that is not what was written into it: the source can be served as before.
    super::make_tables(&mut connection).await;
    sql(
        &mut connection,
        "create function other() returns trigger language plpgsql as $$ begin \
           if new.position = 3 then new.recorded_at := new.recorded_at + 1; end if; return new; end $$; \
         create trigger other before insert on events for each row execute function other()",
    )
    .await;
    let said = copy(&app, &from, &url).await.refused("copy_differs");
    assert!(said.contains("events: "), "{said}");
    is_not_served(&app, &url, "copy_unfinished").await;
    app.restart().await;
    app.stop().await;
    sql(&mut connection, "drop trigger other on events").await;
    let said = copy(&app, &from, &url).await;
    assert!(said.err.contains("copied anew: events"), "{}", said.err);
    said.good();
}
