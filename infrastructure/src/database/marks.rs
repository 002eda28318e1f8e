//! Marks in `log_meta` by which a log says that it must not be served as it lies there: it was moved elsewhere,
//! a copy into it is not finished, or it does not lie where it was written.
//!
//! The last one is [`Home`], on PostgreSQL only: a dump that was restored by hand has other tables than those
//! the log was written in. Restored files of the server (a base backup, a disk's snapshot) look the same from
//! inside; `log_seen.json` of the data folder is for these.

use std::collections::HashMap;

use domain::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::db::{Connection, Dialect, Statement, query};
use super::meta;
use super::open::{OpenError, Refusal};
use super::rows::{json, undecodable};

const MOVED: &str = "moved";
const COPYING: &str = "copying";
const HOME: &str = "home";

/// Rows that belong to one database and go into no copy of it.
pub(crate) const OF_ONE_DATABASE: [&str; 3] = [MOVED, COPYING, HOME];

const MAY_ASK_SYSTEM: Statement = Statement::for_postgres(
    "marks_may_ask_system",
    "select has_function_privilege('pg_control_system()', 'execute')",
);
const SYSTEM: Statement = Statement::for_postgres(
    "marks_system",
    "select system_identifier::text from pg_control_system()",
);
const TABLES: Statement = Statement::for_postgres(
    "marks_tables",
    "select (select oid::bigint from pg_database where datname = current_database()), \
            'events'::regclass::oid::bigint, 'log_meta'::regclass::oid::bigint, \
            'outbox'::regclass::oid::bigint, 'streams'::regclass::oid::bigint",
);
const OTHERS: Statement = Statement::for_postgres(
    "marks_others",
    "select count(*) from pg_stat_activity \
     where datname = current_database() and application_name = 'vestnik' and pid <> pg_backend_pid()",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[MAY_ASK_SYSTEM, SYSTEM, TABLES, OTHERS];

/// The log goes on elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moved {
    /// Where to, without a password.
    pub(crate) to: String,
    /// When.
    pub(crate) at: Timestamp,
}

/// A copy into this database was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Copying {
    /// What of: the epoch of a log, or the checksum of a backup.
    pub(crate) source: String,
    /// When.
    pub(crate) at: Timestamp,
}

/// Where a log lies on PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Home {
    /// The server's identifier; none where the role may not ask.
    system: Option<String>,
    database: i64,
    /// Ids of some of its tables.
    tables: [i64; 4],
}

/// How a log came to lie elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// `pg_upgrade`: another server, the same tables.
    Upgraded,
    /// Other tables: a dump was restored.
    Restored,
    /// The same tables in another database of the same server: it was cloned.
    Cloned,
}

impl Home {
    async fn of(connection: &mut Connection) -> Result<Self, sqlx::Error> {
        let may_ask: bool = query(MAY_ASK_SYSTEM).fetch_one(&mut *connection).await?;
        let system = if may_ask {
            Some(query(SYSTEM).fetch_one(&mut *connection).await?)
        } else {
            None
        };
        let (database, events, log_meta, outbox, streams) =
            query(TABLES).fetch_one(connection).await?;
        Ok(Self {
            system,
            database,
            tables: [events, log_meta, outbox, streams],
        })
    }

    /// What lies between a log that was here and one that is at `now`. Tables keep their ids in an upgrade; a dump
    /// makes them in another order than the migrations did, so not all four can come out the same.
    fn change(&self, now: &Self) -> Option<Change> {
        let is_other_system = match (&self.system, &now.system) {
            (Some(before), Some(now)) => before != now,
            _ => false,
        };
        if self.tables != now.tables {
            Some(Change::Restored)
        } else if is_other_system {
            Some(Change::Upgraded)
        } else if self.database != now.database {
            Some(Change::Cloned)
        } else {
            None
        }
    }
}

/// Refuses a log that was moved, or that is not whole yet.
pub(super) fn refuse(stored: &HashMap<String, String>) -> Result<(), OpenError> {
    if stored.contains_key(COPYING) {
        return Err(OpenError::CopyUnfinished);
    }
    if let Some(text) = stored.get(MOVED) {
        let Moved { to, at } = parse(text, "log_meta.moved")?;
        return Err(OpenError::Moved { to, at });
    }
    Ok(())
}

/// Refuses a log that lies elsewhere than where it was written. One that has no home yet, or that came here with
/// its server's upgrade, gets it.
pub(super) async fn is_at_home(
    connection: &mut Connection,
    stored: &HashMap<String, String>,
) -> Result<(), OpenError> {
    match new_home(connection, stored).await? {
        None => Ok(()),
        Some(home) => Ok(put(connection, HOME, &home).await?),
    }
}

/// Why a log may not be served, if so; changes nothing.
pub(crate) async fn look(connection: &mut Connection) -> Result<Option<Refusal>, OpenError> {
    let stored = meta::load(connection).await?;
    let looked = match refuse(&stored) {
        Ok(()) => new_home(connection, &stored).await.map(drop),
        refused => refused,
    };
    match looked {
        Ok(()) => Ok(None),
        Err(error) => error.refusal().map(Some).ok_or(error),
    }
}

/// The home to be written down, if it is not there yet.
async fn new_home(
    connection: &mut Connection,
    stored: &HashMap<String, String>,
) -> Result<Option<Home>, OpenError> {
    if connection.dialect() == Dialect::Sqlite {
        return Ok(None);
    }
    let now = Home::of(connection).await?;
    let Some(text) = stored.get(HOME) else {
        return Ok(Some(now));
    };
    let before: Home = parse(text, "log_meta.home")?;
    match before.change(&now) {
        None => Ok(None),
        Some(Change::Upgraded) => {
            tracing::warn!("the log is on another server with the same tables: taken as upgraded");
            Ok(Some(now))
        }
        Some(Change::Restored) => Err(OpenError::Restored {
            what: "its tables are not those that it was written in",
        }),
        Some(Change::Cloned) => Err(OpenError::Restored {
            what: "it was written in another database of this server",
        }),
    }
}

/// Says that the log belongs where it lies now.
pub(crate) async fn come_home(connection: &mut Connection) -> Result<(), sqlx::Error> {
    if connection.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let now = Home::of(connection).await?;
    put(connection, HOME, &now).await
}

/// Whether the log goes on elsewhere.
pub(crate) async fn moved(connection: &mut Connection) -> Result<Option<Moved>, sqlx::Error> {
    find(connection, MOVED, "log_meta.moved").await
}

/// Says that the log goes on elsewhere.
pub(crate) async fn put_moved(
    connection: &mut Connection,
    moved: &Moved,
) -> Result<(), sqlx::Error> {
    put(connection, MOVED, moved).await
}

/// Takes that back.
pub(crate) async fn remove_moved(connection: &mut Connection) -> Result<(), sqlx::Error> {
    meta::remove(connection, MOVED).await
}

/// What is being copied into this database.
pub(crate) async fn copying(connection: &mut Connection) -> Result<Option<Copying>, sqlx::Error> {
    find(connection, COPYING, "log_meta.copying").await
}

/// Says that a copy begins.
pub(crate) async fn put_copying(
    connection: &mut Connection,
    copying: &Copying,
) -> Result<(), sqlx::Error> {
    put(connection, COPYING, copying).await
}

/// Says that it is whole.
pub(crate) async fn remove_copying(connection: &mut Connection) -> Result<(), sqlx::Error> {
    meta::remove(connection, COPYING).await
}

/// How many connections of servers there are besides this one, as far as the role may see them.
pub(crate) async fn servers(connection: &mut Connection) -> Result<i64, sqlx::Error> {
    if connection.dialect() == Dialect::Sqlite {
        return Ok(0);
    }
    query(OTHERS).fetch_one(connection).await
}

async fn find<T: DeserializeOwned>(
    connection: &mut Connection,
    key: &str,
    what: &'static str,
) -> Result<Option<T>, sqlx::Error> {
    let text = meta::find(connection, key).await?;
    text.map(|text| parse(&text, what)).transpose()
}

fn parse<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, sqlx::Error> {
    serde_json::from_str(text).map_err(|_| undecodable(what))
}

async fn put<T: Serialize>(
    connection: &mut Connection,
    key: &str,
    value: &T,
) -> Result<(), sqlx::Error> {
    meta::put(connection, key, &json(value)?).await
}

#[cfg(test)]
mod tests {
    use super::{Change, Home};

    fn home(system: &str, database: i64, tables: [i64; 4]) -> Home {
        Home {
            system: Some(system.to_owned()),
            database,
            tables,
        }
    }

    #[test]
    fn what_happened_is_told_from_where_the_tables_are() {
        let before = home("7", 5, [10, 11, 12, 13]);
        let same = [10, 11, 12, 13];
        let table = [
            (home("7", 5, same), None),
            (home("8", 5, same), Some(Change::Upgraded)),
            (home("8", 6, same), Some(Change::Upgraded)),
            (home("7", 6, same), Some(Change::Cloned)),
            (home("8", 5, [20, 21, 22, 23]), Some(Change::Restored)),
            (home("7", 5, [10, 21, 22, 23]), Some(Change::Restored)),
        ];
        for (now, change) in table {
            assert_eq!(before.change(&now), change, "{now:?}");
        }
        let silent = Home {
            system: None,
            ..before.clone()
        };
        assert_eq!(before.change(&silent), None, "a role that may not ask");
    }
}
