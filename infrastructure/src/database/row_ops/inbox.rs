//! Row operations of the inbox (`InboxDone`).

use std::collections::HashSet;

use application::ports::row_op::RowOp;
use domain::time::Timestamp;

use super::{Applied, Checked, Failed};
use crate::database::db::{Connection, query};
use crate::database::inbox::sql_settle::{DONE_ITEMS, NOT_DONE};
use crate::database::rows::json;

/// Which commits fail which precondition.
pub(crate) async fn check(
    tx: &mut Connection,
    _now: Timestamp,
    ops: &[Checked<'_>],
) -> Result<Failed, sqlx::Error> {
    let items: Vec<i64> = ops.iter().filter_map(|(_, op)| item_of(op)).collect();
    let open: Vec<i64> = query(NOT_DONE).bind(json(&items)?).fetch_all(tx).await?;
    let open: HashSet<i64> = open.into_iter().collect();
    Ok(ops
        .iter()
        .filter(|(_, op)| item_of(op).is_some_and(|item| !open.contains(&item)))
        .map(|(commit, _)| (*commit, "inbox_item_open"))
        .collect())
}

/// Applies the operations of the winners.
pub(crate) async fn apply(
    tx: &mut Connection,
    now: Timestamp,
    ops: &[Applied<'_>],
) -> Result<(), sqlx::Error> {
    let items: Vec<i64> = ops.iter().filter_map(|(_, op, _)| item_of(op)).collect();
    query(DONE_ITEMS)
        .bind(json(&items)?)
        .bind(now.as_micros())
        .execute(tx)
        .await
        .map(|_| ())
}

fn item_of(op: &RowOp) -> Option<i64> {
    match op {
        RowOp::InboxDone { item } => Some(*item),
        _ => None,
    }
}
