//! The table `log_meta`: the log's epoch and what it knows of its keys.

use std::collections::HashMap;

use application::ports::clock::IdGenerator;
use uuid::Uuid;

use super::db::{Connection, Dialect, Statement, query};
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

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[LOAD, INSERT, LOCK];

const EPOCH: &str = "epoch";

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

async fn load(connection: &mut Connection) -> Result<HashMap<String, String>, sqlx::Error> {
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

/// Writes the row set of a new log, or checks that the keys are those of this log; answers the epoch.
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
        transaction.commit().await?;
        return Ok(epoch);
    }
    transaction.commit().await?;
    for (key, answer) in answers {
        if stored.get(key) != Some(&answer) {
            return Err(OpenError::WrongKey { key });
        }
    }
    let epoch = stored.remove(EPOCH).unwrap_or_default();
    epoch.parse().map_err(|_| OpenError::Damaged {
        what: "log_meta.epoch",
    })
}
