//! Values, rows and abandoned transactions on SQLite; `tests/it/database` has the same on PostgreSQL.

use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Connection as _, SqliteConnection};

use super::{Connection, Pool, Row, Statement, query, query_text, script};

const INSERT: Statement = Statement::portable(
    "things_insert",
    "insert into things (id, name, size, is_big, body) values ($1, $2, $3, $4, $5)",
);
const LIST: Statement = Statement::portable(
    "things_list",
    "select id, name, size, is_big, body from things order by id",
);
const COUNT: Statement = Statement::portable("things_count", "select count(*) from things");

async fn connection() -> Connection {
    let connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let mut connection = Connection::from(connection);
    make_table(&mut connection).await;
    connection
}

async fn make_table(connection: &mut Connection) {
    let table = "create table things \
        (id integer primary key, name text, size integer, is_big boolean, body blob)";
    script(table.to_owned(), connection).await.unwrap();
}

async fn insert(connection: &mut Connection, id: i64) -> Result<u64, sqlx::Error> {
    query(INSERT)
        .bind(id)
        .bind("a name")
        .bind(7_u32)
        .bind(true)
        .bind([1_u8, 2].as_slice())
        .execute(connection)
        .await
}

async fn count(connection: &mut Connection) -> i64 {
    query(COUNT).fetch_one(connection).await.unwrap()
}

type Thing = (
    i64,
    Option<String>,
    Option<u32>,
    Option<bool>,
    Option<Vec<u8>>,
);

#[tokio::test]
async fn values_come_back_as_they_went() {
    let mut connection = connection().await;
    assert_eq!(insert(&mut connection, 1).await.unwrap(), 1);
    query(INSERT)
        .bind(2_i64)
        .bind(None::<String>)
        .bind(None::<i64>)
        .bind(None::<bool>)
        .bind(None::<&[u8]>)
        .execute(&mut connection)
        .await
        .unwrap();
    let things: Vec<Thing> = query(LIST).fetch_all(&mut connection).await.unwrap();
    let name = Some("a name".to_owned());
    assert_eq!(
        things,
        [
            (1, name, Some(7), Some(true), Some(vec![1, 2])),
            (2, None, None, None, None)
        ]
    );
    let first: Option<i64> = query(LIST).fetch_optional(&mut connection).await.unwrap();
    assert_eq!(first, Some(1));
}

#[tokio::test]
async fn a_column_that_cannot_be_read_is_named() {
    let mut connection = connection().await;
    insert(&mut connection, 1).await.unwrap();
    let row: Row = query(LIST).fetch_one(&mut connection).await.unwrap();
    assert_eq!(row.try_get::<&str, _>("name").unwrap(), "a name");
    let errors = [
        row.try_get::<i64, _>("name").unwrap_err(),
        row.try_get::<i64, _>("nothing").unwrap_err(),
        row.try_get::<&str, _>(9).unwrap_err(),
    ];
    let named = ["things_list.name", "things_list.nothing", "things_list.9"];
    for (error, name) in errors.iter().zip(named) {
        assert!(error.to_string().contains(name), "{error}");
    }
    query_text("narrow", "update things set size = 70000".to_owned())
        .execute(&mut connection)
        .await
        .unwrap();
    let row: Row = query(LIST).fetch_one(&mut connection).await.unwrap();
    assert_eq!(row.try_get::<u32, _>("size").unwrap(), 70_000);
    assert!(row.try_get::<u16, _>("size").is_err());
}

#[tokio::test]
async fn a_transaction_is_committed_rolled_back_or_abandoned() {
    let mut connection = connection().await;
    let mut transaction = connection.begin().await.unwrap();
    insert(&mut transaction, 1).await.unwrap();
    assert!(transaction.begin().await.is_err(), "none within another");
    transaction.commit().await.unwrap();
    assert_eq!(count(&mut connection).await, 1);

    let mut transaction = connection.begin().await.unwrap();
    insert(&mut transaction, 2).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(count(&mut connection).await, 1);

    let mut transaction = connection.begin().await.unwrap();
    insert(&mut transaction, 3).await.unwrap();
    drop(transaction);
    assert_eq!(count(&mut connection).await, 1, "abandoned, so rolled back");
    let transaction = connection.begin().await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn a_commit_that_fails_leaves_a_usable_connection() {
    let mut connection = connection().await;
    script(
        "create table parts (thing integer references things (id) deferrable initially deferred); \
         pragma foreign_keys = on"
            .to_owned(),
        &mut connection,
    )
    .await
    .unwrap();
    let mut transaction = connection.begin().await.unwrap();
    script("insert into parts values (9)".to_owned(), &mut transaction)
        .await
        .unwrap();
    assert!(transaction.commit().await.is_err());
    insert(&mut connection, 1).await.unwrap();
    assert_eq!(count(&mut connection).await, 1);
}

#[tokio::test]
async fn a_pool_never_hands_out_an_abandoned_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("file").display());
    let options = SqlitePoolOptions::new().max_connections(1);
    let pool = Pool::from(options.connect(&url).await.unwrap());
    let mut connection = pool.acquire().await.unwrap();
    make_table(&mut connection).await;
    let mut transaction = connection.begin().await.unwrap();
    insert(&mut transaction, 1).await.unwrap();
    drop(transaction);
    drop(connection);
    let things: i64 = query(COUNT).fetch_one(&pool).await.unwrap();
    assert_eq!(things, 0);
    let mut connection = pool.acquire().await.unwrap();
    insert(&mut connection, 1).await.unwrap();
    drop(connection);
    let things: i64 = query(COUNT).fetch_one(&pool).await.unwrap();
    assert_eq!(things, 1);
}
