//! Values at the edges of what columns hold come over as they are, in both directions, whatever the database's
//! own order of texts is.

use std::sync::atomic::{AtomicU64, Ordering};

use infrastructure::backup::Stage;
use infrastructure::database::db::Server;
use infrastructure::database::open::MIGRATIONS;
use infrastructure::system::SystemClock;
use infrastructure::transfer::{Copied, Copy, Place, TransferError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tempfile::TempDir;
use tests::private_postgres::PrivatePostgres;

use super::{connect, number, sql};

/// More than go into one transaction.
const KEYS: i64 = 5_000;

/// A log in which no program wrote.
async fn filled() -> anyhow::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let mut connection = SqliteConnectOptions::new()
        .filename(folder.path().join("log.db"))
        .create_if_missing(true)
        .connect()
        .await?;
    MIGRATIONS.run(&mut connection).await?;
    rows(&mut connection).await?;
    connection.close().await?;
    Ok(folder)
}

async fn rows(connection: &mut SqliteConnection) -> anyhow::Result<()> {
    let texts = [
        "insert into log_meta (key, value) values ('epoch', '0190a000-0000-7000-8000-000000000001')",
        "insert into events values (1, 'contact', 'a', 1, 'ContactRegistered', '1', \
           '{\"b\" : 1,  \"a\":\"\\u0000 Ё\", \"b\":2}', '{}', 'c', -9223372036854775808, null, 1023)",
        "insert into streams values ('contact', 'a', 1023, 9223372036854775807, ''), \
           ('contact', 'B', 0, 1, null), ('contact', 'é', 0, 1, null), ('contact', 'Ж', 0, 1, null), \
           ('contact', 'ж', 0, 1, null), ('Contact', 'a', 0, 1, null), ('contact', '', 0, 1, null)",
        "insert into api_tokens values ('t', 'h', 'na' || char(0) || 'me', 'admin', 1, 7), \
           ('u', 'i', 'line\nbreak \\ tab\t', 'agent', 0, null)",
        "insert into subject_keys values ('a', null, 1, 2), ('b', x'', 1, null), ('c', x'00ff00', 1, null)",
        "insert into blobs values ('large', zeroblob(3000000), 1), ('none', x'', 1)",
        "insert into process_commands (ordinal, id, conversation, decision, attempts) \
           values (41, 'one', 'a', '{}', 2147483647)",
        "delete from process_commands",
        "update inbox_counters set delivery = 7, item = 9",
    ];
    for text in texts {
        sqlx::raw_sql(text).execute(&mut *connection).await?;
    }
    sqlx::query(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < $1) \
         insert into dedupe_keys select cast(printf('%016d', (i * 7919) % 100003) as blob) from n",
    )
    .bind(KEYS)
    .execute(connection)
    .await?;
    Ok(())
}

async fn copied(from: &Place, to: &Place) -> Result<(Copied, u64), TransferError> {
    let copy = Copy {
        from: from.clone(),
        to: to.clone(),
    };
    let last = AtomicU64::new(0);
    let tell = |stage, done, total| {
        if stage == Stage::Copying {
            assert!(done <= total, "{done} of {total}");
            last.store(done, Ordering::Relaxed);
        }
    };
    let copied = copy.run(&SystemClock, &tell).await?;
    Ok((copied, last.load(Ordering::Relaxed)))
}

#[tokio::test]
async fn values_at_the_edges_come_over_as_they_are() -> anyhow::Result<()> {
    let Some(server) = PrivatePostgres::start()? else {
        return Ok(());
    };
    let mut connection = connect(&server.url("postgres")).await;
    // Sorts and compares texts by the rules of a language.
    let of_a_language = "create database words template template0 locale_provider icu \
        icu_locale 'ru' locale 'C.UTF-8'";
    if sqlx::raw_sql(of_a_language)
        .execute(&mut connection)
        .await
        .is_err()
    {
        // PostgreSQL 14, or one without ICU.
        sql(&mut connection, "create database words").await;
    }
    let url = server.url("words");
    let there = Place::Server(Server::parse(&url)?);
    let folder = filled().await?;
    let (first, told) = copied(&Place::Folder(folder.path().to_owned()), &there).await?;
    let rows: u64 = first.prints.iter().map(|one| one.print.rows).sum();
    assert!(!first.is_resumed && first.again.is_empty());
    // The counters' one row is not among those that are told.
    assert_eq!(told, rows - 1);

    let mut words = connect(&url).await;
    let (payload, position): (String, i64) =
        sqlx::query_as("select payload::text, recorded_at from events")
            .fetch_one(&mut words)
            .await?;
    assert_eq!(payload, r#"{"b" : 1,  "a":"\u0000 Ё", "b":2}"#);
    assert_eq!(position, i64::MIN);
    let names: Vec<String> = sqlx::query_scalar("select name from api_tokens order by id")
        .fetch_all(&mut words)
        .await?;
    assert_eq!(names, ["na\u{fffd}me", "line\nbreak \\ tab\t"]);
    assert_eq!(
        number(&mut words, "select count(*) from dedupe_keys").await,
        KEYS
    );
    assert_eq!(
        number(&mut words, "select item from inbox_counters").await,
        9
    );
    sql(
        &mut words,
        "insert into process_commands (id, conversation, decision, attempts) values ('two', 'a', '{}', 0)",
    )
    .await;
    let given = number(&mut words, "select ordinal from process_commands").await;
    assert_eq!(given, 42, "behind what was given and is gone");
    sql(&mut words, "delete from process_commands").await;
    words.close().await?;

    let back = tempfile::tempdir()?;
    let (second, _) = copied(&there, &Place::Folder(back.path().to_owned())).await?;
    assert_eq!(second.prints, first.prints);
    assert_eq!(second.epoch, first.epoch);
    Ok(())
}
