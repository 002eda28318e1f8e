//! Every statement of every adapter is prepared on both databases, against their migrations.

use infrastructure::database::db::Dialect;
use infrastructure::database::open::{MIGRATIONS, POSTGRES_MIGRATIONS};
use infrastructure::database::statements::STATEMENTS;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _};

use tests::private_postgres::PrivatePostgres;

#[tokio::test]
async fn every_statement_is_valid_on_sqlite() -> anyhow::Result<()> {
    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await?;
    MIGRATIONS.run(&mut connection).await?;
    let mut failures = prepare(&mut connection, log_statements(|one| one.sqlite)).await;

    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await?;
    for text in read_model_tables(projections::MIGRATIONS.0, Dialect::Sqlite) {
        connection
            .execute(AssertSqlSafe(text).into_sql_str())
            .await?;
    }
    failures.extend(prepare(&mut connection, read_statements(|one| one.sqlite)).await);
    assert!(failures.is_empty(), "{failures:#?}");
    Ok(())
}

type Named = (&'static str, &'static str);

/// Statements of the log's database with their names.
fn log_statements(
    text: impl Fn(&infrastructure::database::db::Statement) -> &'static str,
) -> Vec<Named> {
    STATEMENTS
        .iter()
        .copied()
        .flatten()
        .map(|one| (one.name, text(one)))
        .collect()
}

/// Statements of the read models with their names.
fn read_statements(
    text: impl Fn(&infrastructure::database::db::Statement) -> &'static str,
) -> Vec<Named> {
    projections::statements()
        .iter()
        .map(|one| (one.name, text(one)))
        .collect()
}

/// What makes the read models' tables, in order.
fn read_model_tables(migration: &'static str, dialect: Dialect) -> Vec<&'static str> {
    let tables = projections::TABLES.iter();
    std::iter::once(migration)
        .chain(tables.flat_map(|table| [table.create(dialect), table.show]))
        .collect()
}

/// Prepares each statement; what the database refuses.
async fn prepare<'c, C>(connection: &'c mut C, statements: Vec<Named>) -> Vec<String>
where
    for<'a> &'a mut C: sqlx::Executor<'a>,
{
    let mut failures = Vec::new();
    for (name, text) in statements {
        let prepared = (&mut *connection)
            .prepare(AssertSqlSafe(text).into_sql_str())
            .await;
        if let Err(error) = prepared {
            failures.push(format!("{name}: {error}"));
        }
    }
    failures
}

#[test]
fn statements_have_names_of_their_own() {
    let mut names: Vec<_> = STATEMENTS
        .iter()
        .copied()
        .flatten()
        .map(|one| one.name)
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[tokio::test]
async fn every_statement_is_valid_on_postgres() -> anyhow::Result<()> {
    let Some(server) = PrivatePostgres::start()? else {
        return Ok(());
    };
    let mut connection = sqlx::PgConnection::connect(&server.url("postgres")).await?;
    POSTGRES_MIGRATIONS.run(&mut connection).await?;
    let mut failures = prepare(&mut connection, log_statements(|one| one.postgres)).await;

    connection.execute("create schema read_models").await?;
    connection.execute("set search_path = read_models").await?;
    for text in read_model_tables(projections::MIGRATIONS.1, Dialect::Postgres) {
        connection
            .execute(AssertSqlSafe(text).into_sql_str())
            .await?;
    }
    failures.extend(prepare(&mut connection, read_statements(|one| one.postgres)).await);
    connection.close().await?;
    assert!(failures.is_empty(), "{failures:#?}");
    Ok(())
}
