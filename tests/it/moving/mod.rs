//! A whole installation from SQLite to PostgreSQL and back, through the built binary; databases that must not be
//! served as they lie there.

mod elsewhere;
mod resumed;
mod tables;
mod values;
mod whole;

use std::path::PathBuf;

use infrastructure::database::open::POSTGRES_MIGRATIONS;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqlSafeStr as _};

use crate::support::{Said, TestApp, press, vestnik_in};

fn data_dir(app: &TestApp) -> PathBuf {
    app.folder.path().join("data")
}

/// `DATABASE_URL` of an app's own folder.
fn sqlite(app: &TestApp) -> String {
    format!("sqlite:{}", data_dir(app).display())
}

async fn copy(app: &TestApp, from: &str, to: &str) -> Said {
    app.vestnik(&[], &["copy", "--from", from, "--to", to])
        .await
}

/// Starts a server that must refuse to start with this code.
async fn is_not_served(app: &TestApp, database: &str, code: &str) -> String {
    let settings = [("DATABASE_URL", database)];
    let said = vestnik_in(&data_dir(app), &settings, &["serve"]).await;
    said.refused(code)
}

/// A customer's first three bubbles with the bot's answers, all reported as read.
async fn talks(app: &TestApp, wa_id: &str) {
    app.meta.types(wa_id, "Здравствуйте");
    app.meta.shows(wa_id, 2).await;
    app.meta.acts(wa_id, &press("book", "Записаться на услугу"));
    app.meta.shows(wa_id, 3).await;
    all_is_read(app, wa_id, 3).await;
}

/// Nothing of a conversation changes any more: so many messages were sent, and all are reported as read.
async fn all_is_read(app: &TestApp, wa_id: &str, sent: usize) {
    let conversation = app.conversation(wa_id).await;
    app.messages_when(&conversation, "everything is read", |all| {
        let out = || all.iter().filter(|one| one["direction"] == "outbound");
        out().count() >= sent && out().all(|one| one["status"] == "read")
    })
    .await;
}

/// One hash of each read model, once all have taken everything.
async fn fingerprints(app: &TestApp) -> Vec<(String, String)> {
    app.settled().await;
    let inside = app.inside().app();
    let mut prints = Vec::new();
    for status in inside.projections.list() {
        let print = inside.projections.fingerprint(status.name).await;
        prints.push((status.name.to_string(), print.expect("a hash")));
    }
    prints
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("a connection")
}

/// The tables of the log, without a row.
async fn make_tables(connection: &mut PgConnection) {
    POSTGRES_MIGRATIONS.run(connection).await.expect("tables");
}

async fn sql(connection: &mut PgConnection, text: &str) {
    sqlx::raw_sql(AssertSqlSafe(text.to_owned()).into_sql_str())
        .execute(connection)
        .await
        .expect(text);
}

async fn number(connection: &mut PgConnection, text: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(text.to_owned()).into_sql_str())
        .fetch_one(connection)
        .await
        .expect(text)
}
