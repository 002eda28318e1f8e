//! The table `log_meta`: the log's epoch, what it knows of its keys, and the marks that forbid serving it.

use std::collections::HashMap;

use application::ports::clock::IdGenerator;
use uuid::Uuid;

use super::db::{Connection, Dialect, Statement, query};
use super::marks;
use super::open::OpenError;
use crate::keys::Keyring;

const LOAD: Statement = Statement::portable("log_meta_load", "select key, value from log_meta");
const INSERT: Statement = Statement::portable(
    "log_meta_insert",
    "insert into log_meta (key, value) values ($1, $2)",
);

const LOCK: Statement = Statement::for_postgres(
    "log_meta_lock",
    "lock table log_meta in share row exclusive mode",
);
const FIND: Statement =
    Statement::portable("log_meta_find", "select value from log_meta where key = $1");
const PUT: Statement = Statement::portable(
    "log_meta_put",
    "insert into log_meta (key, value) values ($1, $2) \
     on conflict (key) do update set value = excluded.value",
);
const REMOVE: Statement =
    Statement::portable("log_meta_remove", "delete from log_meta where key = $1");

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[LOAD, INSERT, LOCK, FIND, PUT, REMOVE];

pub(crate) const EPOCH: &str = "epoch";

/// A row's value.
pub(crate) async fn find(
    connection: &mut Connection,
    key: &str,
) -> Result<Option<String>, sqlx::Error> {
    query(FIND).bind(key).fetch_optional(connection).await
}

/// Writes a row.
pub(crate) async fn put(
    connection: &mut Connection,
    key: &str,
    value: &str,
) -> Result<(), sqlx::Error> {
    let put = query(PUT).bind(key).bind(value);
    put.execute(connection).await.map(drop)
}

/// Takes a row away.
pub(crate) async fn remove(connection: &mut Connection, key: &str) -> Result<(), sqlx::Error> {
    query(REMOVE).bind(key).execute(connection).await.map(drop)
}

/// The keys of a keyring that are not those a log was written with.
pub(crate) async fn wrong_keys(
    connection: &mut Connection,
    keyring: &Keyring,
) -> Result<Vec<&'static str>, sqlx::Error> {
    let stored = load(connection).await?;
    Ok(answers(keyring)
        .into_iter()
        .filter(|(key, answer)| stored.get(*key) != Some(answer))
        .map(|(key, _)| key)
        .collect())
}

/// All rows.
pub(crate) async fn load(
    connection: &mut Connection,
) -> Result<HashMap<String, String>, sqlx::Error> {
    let rows: Vec<(String, String)> = query(LOAD).fetch_all(connection).await?;
    Ok(rows.into_iter().collect())
}

fn answers(keyring: &Keyring) -> [(&'static str, String); 3] {
    let known = keyring.known_answers();
    [
        ("encryption_key", known.encryption_key),
        ("dedupe_key", known.dedupe_key),
        ("pepper", known.pepper),
    ]
}

/// Writes the row set of a new log, or checks that the keys are those of this log and that it may be served;
/// answers the epoch.
pub(super) async fn open(
    connection: &mut Connection,
    keyring: &Keyring,
    ids: &dyn IdGenerator,
) -> Result<Uuid, OpenError> {
    let answers = answers(keyring);
    // Two nodes may open an empty log at the same time: one of them writes.
    let mut transaction = connection.begin().await?;
    if transaction.dialect() == Dialect::Postgres {
        query(LOCK).execute(&mut transaction).await?;
    }
    let mut stored = load(&mut transaction).await?;
    marks::refuse(&stored)?;
    if stored.is_empty() {
        let epoch = ids.next();
        let rows = answers.into_iter().chain([(EPOCH, epoch.to_string())]);
        for (key, value) in rows {
            query(INSERT)
                .bind(key)
                .bind(value)
                .execute(&mut transaction)
                .await?;
        }
        marks::come_home(&mut transaction).await?;
        transaction.commit().await?;
        return Ok(epoch);
    }
    for (key, answer) in answers {
        if stored.get(key) != Some(&answer) {
            return Err(OpenError::WrongKey { key });
        }
    }
    marks::is_at_home(&mut transaction, &stored).await?;
    transaction.commit().await?;
    let epoch = stored.remove(EPOCH).unwrap_or_default();
    epoch.parse().map_err(|_| OpenError::Damaged {
        what: "log_meta.epoch",
    })
}
