//! Row operations of the process manager's stored commands.

use application::ports::row_op::RowOp;
use domain::ids::CommandId;

use super::Applied;
use crate::database::db::{Connection, query};
use crate::database::process_store::sql::DROP_COMMANDS;
use crate::database::rows::json;

/// Applies the operations of the winners.
pub(crate) async fn apply(tx: &mut Connection, ops: &[Applied<'_>]) -> Result<(), sqlx::Error> {
    let done: Vec<CommandId> = ops
        .iter()
        .filter_map(|(_, op, _)| match op {
            RowOp::ProcessCommandDone { id } => Some(*id),
            _ => None,
        })
        .collect();
    query(DROP_COMMANDS)
        .bind(json(&done)?)
        .execute(tx)
        .await
        .map(|_| ())
}
