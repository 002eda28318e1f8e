//! The table `log_meta`: the log's epoch and what it knows of its keys.

use std::collections::HashMap;

use application::ports::clock::IdGenerator;
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use super::db::Statement;
use super::open::OpenError;
use crate::keys::Keyring;

const LOAD: Statement = Statement::portable("log_meta_load", "select key, value from log_meta");
const INSERT: Statement = Statement::portable(
    "log_meta_insert",
    "insert into log_meta (key, value) values ($1, $2)",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[LOAD, INSERT];

const EPOCH: &str = "epoch";

/// The keys of a keyring that are not those a log was written with.
pub(crate) async fn wrong_keys(
    connection: &mut SqliteConnection,
    keyring: &Keyring,
) -> Result<Vec<&'static str>, sqlx::Error> {
    let stored = load(connection).await?;
    Ok(answers(keyring)
        .into_iter()
        .filter(|(key, answer)| stored.get(*key) != Some(answer))
        .map(|(key, _)| key)
        .collect())
}

async fn load(connection: &mut SqliteConnection) -> Result<HashMap<String, String>, sqlx::Error> {
    let rows = sqlx::query(LOAD.sqlite).fetch_all(connection).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect())
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
    connection: &mut SqliteConnection,
    keyring: &Keyring,
    ids: &dyn IdGenerator,
) -> Result<Uuid, OpenError> {
    let mut stored = load(connection).await?;
    let answers = answers(keyring);
    if stored.is_empty() {
        let epoch = ids.next();
        sqlx::query("begin immediate")
            .execute(&mut *connection)
            .await?;
        let rows = answers.into_iter().chain([(EPOCH, epoch.to_string())]);
        for (key, value) in rows {
            sqlx::query(INSERT.sqlite)
                .bind(key)
                .bind(value)
                .execute(&mut *connection)
                .await?;
        }
        sqlx::query("commit").execute(&mut *connection).await?;
        return Ok(epoch);
    }
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
