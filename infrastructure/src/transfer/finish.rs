//! What ends a copy: the numbers that the database gives go on behind the source's, the rows of `log_meta` come
//! over, and the mark that it is not whole goes, all in one transaction.

use uuid::Uuid;

use super::TransferError;
use super::tables::SEQUENCES;
use crate::database::db::{Connection, Dialect, Statement, query, query_text};
use crate::database::restored::{self, Restored};
use crate::database::{marks, meta};

const LAST_GIVEN: Statement = Statement::of(
    "transfer_last_given",
    "select coalesce(max(seq), 0) from sqlite_sequence where name = $1 and $2 = $2",
    "select coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass), 0)",
);
const FORGET_GIVEN: Statement = Statement::of(
    "transfer_forget_given",
    "delete from sqlite_sequence where name = $1",
    "select $1::text",
);
const GO_ON: Statement = Statement::of(
    "transfer_go_on",
    "insert into sqlite_sequence (name, seq) select $1, $3 where $2 = $2",
    "select setval(pg_get_serial_sequence($1, $2), $3) where $3 > 0",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[LAST_GIVEN, FORGET_GIVEN, GO_ON];

/// A new epoch that begins with the copy.
#[derive(Clone, Debug)]
pub(crate) struct NewEpoch {
    pub(crate) epoch: Uuid,
    pub(crate) restored: Restored,
}

/// Ends a copy into `target`.
pub(super) async fn finish(
    source: &mut Connection,
    target: &mut Connection,
    new_epoch: Option<&NewEpoch>,
) -> Result<(), TransferError> {
    let rows = meta::load(source).await?;
    let mut given = Vec::with_capacity(SEQUENCES.len());
    for (table, column) in SEQUENCES {
        given.push((table, column, last_given(source, table, column).await?));
    }
    let mut transaction = target.begin().await?;
    for (table, column, last) in given {
        if transaction.dialect() == Dialect::Sqlite {
            let forget = query(FORGET_GIVEN).bind(*table);
            forget.execute(&mut transaction).await?;
        }
        query(GO_ON)
            .bind(*table)
            .bind(*column)
            .bind(last)
            .execute(&mut transaction)
            .await?;
    }
    for (key, value) in rows {
        if !marks::OF_ONE_DATABASE.contains(&key.as_str()) {
            meta::put(&mut transaction, &key, &value).await?;
        }
    }
    if let Some(NewEpoch { epoch, restored }) = new_epoch {
        restored::begin_epoch(&mut transaction, *epoch, restored).await?;
    }
    marks::remove_copying(&mut transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// The highest number that a column was ever given.
async fn last_given(
    source: &mut Connection,
    table: &'static str,
    column: &'static str,
) -> Result<i64, TransferError> {
    let given: i64 = query(LAST_GIVEN)
        .bind(table)
        .bind(column)
        .fetch_one(&mut *source)
        .await?;
    let text = format!("select coalesce(max({column}), 0) from {table}");
    let highest: i64 = query_text("transfer_highest", text)
        .fetch_one(source)
        .await?;
    Ok(given.max(highest))
}
