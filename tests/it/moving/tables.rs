//! Every table of the migrations is copied or named as left out, by its primary key; whoever adds one decides.

use std::collections::BTreeSet;

use infrastructure::database::open::MIGRATIONS;
use infrastructure::transfer::tables::{LEFT_OUT, SEQUENCES, TABLES};
use sqlx::{Connection as _, SqliteConnection};
use tests::private_postgres::PrivatePostgres;

use super::{connect, make_tables};

/// Tables, columns of primary keys in their order, columns whose values the database gives.
#[derive(Debug, Default)]
struct Found {
    tables: BTreeSet<String>,
    keys: Vec<(String, String)>,
    given: BTreeSet<(String, String)>,
}

fn compare(found: &Found) {
    let copied: BTreeSet<String> = TABLES.iter().map(|one| one.name.to_owned()).collect();
    assert_eq!(copied.len(), TABLES.len(), "a table is named twice");
    let left_out: BTreeSet<String> = LEFT_OUT
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert!(copied.is_disjoint(&left_out));
    let decided: BTreeSet<String> = copied.union(&left_out).cloned().collect();
    let undecided: Vec<_> = found.tables.difference(&decided).collect();
    assert!(
        undecided.is_empty(),
        "add these to infrastructure/src/transfer/tables.rs, copied or left out: {undecided:?}"
    );
    let missing: Vec<_> = copied.difference(&found.tables).collect();
    assert!(missing.is_empty(), "no such tables: {missing:?}");
    for table in TABLES {
        let of_table = found.keys.iter().filter(|(name, _)| name == table.name);
        let key: Vec<&str> = of_table.map(|(_, column)| column.as_str()).collect();
        assert_eq!(key, table.key, "{}", table.name);
    }
    let named = |(table, column): &(&str, &str)| ((*table).to_owned(), (*column).to_owned());
    assert_eq!(found.given, SEQUENCES.iter().map(named).collect());
}

#[tokio::test]
async fn every_table_of_sqlite_is_decided_upon() -> anyhow::Result<()> {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
    MIGRATIONS.run(&mut connection).await?;
    let tables: Vec<(String, String)> =
        sqlx::query_as("select name, coalesce(sql, '') from sqlite_master where type = 'table'")
            .fetch_all(&mut connection)
            .await?;
    let mut found = Found::default();
    for (table, sql) in tables {
        let key: Vec<String> =
            sqlx::query_scalar("select name from pragma_table_info($1) where pk > 0 order by pk")
                .bind(&table)
                .fetch_all(&mut connection)
                .await?;
        if sql.contains("autoincrement") {
            found.given.insert((table.clone(), key[0].clone()));
        }
        found
            .keys
            .extend(key.into_iter().map(|column| (table.clone(), column)));
        found.tables.insert(table);
    }
    compare(&found);
    Ok(())
}

#[tokio::test]
async fn every_table_of_postgres_is_decided_upon() -> anyhow::Result<()> {
    let Some(server) = PrivatePostgres::start()? else {
        return Ok(());
    };
    let mut connection = connect(&server.url("postgres")).await;
    make_tables(&mut connection).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select tablename::text from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(&mut connection)
    .await?;
    let keys: Vec<(String, String)> = sqlx::query_as(
        "select pg_class.relname::text, pg_attribute.attname::text from pg_constraint \
         join pg_class on pg_class.oid = conrelid \
         cross join unnest(conkey) with ordinality as part(number, place) \
         join pg_attribute on attrelid = conrelid and attnum = part.number \
         where contype = 'p' order by 1, part.place",
    )
    .fetch_all(&mut connection)
    .await?;
    let given: Vec<(String, String)> = sqlx::query_as(
        "select table_name::text, column_name::text from information_schema.columns \
         where table_schema = 'public' and (is_identity = 'YES' or column_default like 'nextval%')",
    )
    .fetch_all(&mut connection)
    .await?;
    compare(&Found {
        tables: tables.into_iter().collect(),
        keys,
        given: given.into_iter().collect(),
    });
    Ok(())
}
