//! Changing the tables: one program at a time, and never by one that is older than they are.

use std::path::Path;

use infrastructure::database::open::POSTGRES_MIGRATIONS;
use sqlx::{Connection as _, PgConnection};
use tests::private_postgres::PrivatePostgres;

use crate::support::{DEADLINE, Said, eventually, vestnik_in};

async fn migrate(folder: &Path, url: &str) -> Said {
    vestnik_in(folder, &[("DATABASE_URL", url)], &["migrate"]).await
}

/// A second machine of the same installation: another data folder with the same keys.
fn beside(folder: &Path, name: &str) -> std::path::PathBuf {
    let other = folder.with_file_name(name);
    let keys = other.join("keys");
    std::fs::create_dir_all(&keys).expect("a folder");
    for entry in std::fs::read_dir(folder.join("keys")).expect("keys") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), keys.join(entry.file_name())).expect("a copy");
    }
    other
}

#[tokio::test]
async fn of_two_programs_that_migrate_at_once_one_waits_and_both_end_well() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let one = folder.path().join("one");
    let mut connection = PgConnection::connect(&server.url("postgres"))
        .await
        .expect("a connection");
    sqlx::query("create database empty")
        .execute(&mut connection)
        .await
        .expect("a database");
    // Makes the keys that both share.
    migrate(&one, &server.url("postgres")).await.good();
    let two = beside(&one, "two");
    let url = server.url("empty");

    // Whoever comes first stops in the middle, at a table that is made already; the other one waits for its lock.
    let mut holder = PgConnection::connect(&url).await.expect("a connection");
    let mut held = holder.begin().await.expect("a transaction");
    sqlx::query("create table log_meta (held text)")
        .execute(&mut *held)
        .await
        .expect("a table");
    let waiting = eventually("one at the table, one at the lock", || async {
        let mut watch = PgConnection::connect(&url).await.ok()?;
        let held_up: i64 = sqlx::query_scalar(
            "select count(*) from pg_locks where not granted and \
             (locktype = 'advisory' or locktype = 'transactionid')",
        )
        .fetch_one(&mut watch)
        .await
        .ok()?;
        (held_up == 2).then_some(())
    });
    let release = async {
        waiting.await;
        held.rollback().await.expect("it is let go");
    };
    let (first, second, ()) = futures::join!(migrate(&one, &url), migrate(&two, &url), release);
    first.good();
    second.good();
    let mut connection = PgConnection::connect(&url).await.expect("a connection");
    let applied: Vec<i64> = sqlx::query_scalar("select version from _sqlx_migrations order by 1")
        .fetch_all(&mut connection)
        .await
        .expect("versions");
    let known: Vec<i64> = POSTGRES_MIGRATIONS.iter().map(|one| one.version).collect();
    assert_eq!(applied, known, "each once");
}

#[tokio::test]
async fn an_older_program_refuses_newer_tables_and_changes_nothing() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let url = server.url("postgres");
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    migrate(&data, &url).await.good();
    let mut connection = PgConnection::connect(&url).await.expect("a connection");
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         values (9001, 'of tomorrow', true, '\\x00', 1)",
    )
    .execute(&mut connection)
    .await
    .expect("a newer version");
    for command in [&["serve"][..], &["migrate"], &["numbers", "list"]] {
        let said = vestnik_in(&data, &[("DATABASE_URL", &url)], command).await;
        let said = said.refused("database_newer");
        assert!(said.contains("9001"), "{said}");
    }
    let said = vestnik_in(&data, &[("DATABASE_URL", &url)], &["doctor"]).await;
    assert!(
        said.line("D-VERSION").starts_with("problem"),
        "{}",
        said.out
    );
    sqlx::query("delete from _sqlx_migrations where version = 9001")
        .execute(&mut connection)
        .await
        .expect("as before");
    let again = tokio::time::timeout(DEADLINE, migrate(&data, &url)).await;
    again.expect("in time").good();
}
