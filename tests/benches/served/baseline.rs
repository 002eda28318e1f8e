//! What the disk and the HTTP server give without any of our code.

use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tests::private_postgres::PrivatePostgres;
use tokio::net::TcpListener;

use crate::per_second;

/// Rows of one transaction.
const ROWS: usize = 100;
/// Characters of a row's payload, as an ordinary event has them.
const PAYLOAD: usize = 580;
/// How long the disk is measured.
const MEASURED: Duration = Duration::from_secs(4);

/// Rows a second that SQLite makes durable with the pragmas of the log: one event each of a stream of its own,
/// so that keys come in random order as those of conversations do.
pub(crate) async fn rows_per_second() -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let mut connection = SqliteConnectOptions::new()
        .filename(folder.path().join("raw.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-16384")
        .connect()
        .await?;
    sqlx::query(
        "create table raw (aggregate_type text not null, aggregate_id text not null, \
           sequence integer not null, payload text not null, \
           primary key (aggregate_type, aggregate_id, sequence)) strict",
    )
    .execute(&mut connection)
    .await?;
    let payload = format!("{{\"text\":\"{}\"}}", "x".repeat(PAYLOAD - 11));
    let places = vec!["('conversation', ?, 1, ?)"; ROWS].join(", ");
    let insert = format!("insert into raw values {places}");
    let mut rows = 0;
    let began = Instant::now();
    while began.elapsed() < MEASURED {
        let mut transaction = connection.begin().await?;
        let mut query = sqlx::query(AssertSqlSafe(insert.as_str()));
        for row in rows..rows + ROWS as u64 {
            let id = domain::ids::derive(&row.to_be_bytes());
            query = query.bind(id.to_string()).bind(payload.as_str());
        }
        query.execute(&mut *transaction).await?;
        transaction.commit().await?;
        rows += ROWS as u64;
    }
    Ok(per_second(rows, began.elapsed()))
}

/// The same on PostgreSQL, on the same disk: one statement and one transaction for a hundred rows.
pub(crate) async fn postgres_rows_per_second() -> anyhow::Result<f64> {
    let server = PrivatePostgres::start_durable()?.context("PostgreSQL is not installed")?;
    let mut connection = PgConnection::connect(&server.url("postgres")).await?;
    sqlx::query(
        "create table raw (aggregate_type text not null, aggregate_id text not null, \
           sequence bigint not null, payload text not null, \
           primary key (aggregate_type, aggregate_id, sequence))",
    )
    .execute(&mut connection)
    .await?;
    let payload = format!("{{\"text\":\"{}\"}}", "x".repeat(PAYLOAD - 11));
    let mut rows = 0;
    let began = Instant::now();
    while began.elapsed() < MEASURED {
        let ids: Vec<String> = (rows..rows + ROWS as u64)
            .map(|row| domain::ids::derive(&row.to_be_bytes()).to_string())
            .collect();
        sqlx::query("insert into raw select 'conversation', unnest($1::text[]), 1, $2")
            .bind(&ids)
            .bind(payload.as_str())
            .execute(&mut connection)
            .await?;
        rows += ROWS as u64;
    }
    Ok(per_second(rows, began.elapsed()))
}

/// Serves an endpoint that reads its body and does nothing; its port.
pub(crate) async fn empty_endpoint(tasks: &application::tasks::Tasks) -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let path = "/api/v1/webhooks/whatsapp";
    let router = Router::new().route(path, post(|_body: Bytes| async { "" }));
    let stop = tasks.stop().clone();
    tasks.spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        // Ends with the benchmark.
        let _ended = served.await;
    });
    Ok(port)
}
