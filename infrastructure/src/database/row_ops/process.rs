//! Row operations of the process manager's stored commands.

use application::ports::row_op::RowOp;
use domain::ids::CommandId;
use sqlx::SqliteConnection;

use super::Applied;
use crate::database::process_store::sql::DROP_COMMANDS;
use crate::database::rows::json;

/// Applies the operations of the winners.
pub(crate) async fn apply(
    tx: &mut SqliteConnection,
    ops: &[Applied<'_>],
) -> Result<(), sqlx::Error> {
    let done: Vec<CommandId> = ops
        .iter()
        .filter_map(|(_, op, _)| match op {
            RowOp::ProcessCommandDone { id } => Some(*id),
            _ => None,
        })
        .collect();
    sqlx::query(DROP_COMMANDS.sqlite)
        .bind(json(&done)?)
        .execute(tx)
        .await
        .map(|_| ())
}
