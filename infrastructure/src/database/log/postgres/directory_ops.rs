//! Commits with the rare row operations (numbers, bots, secrets, tokens, blobs): the function appends them
//! within a transaction that also checks and writes these rows, so they take more round trips.
//!
//! One such transaction at a time in the whole installation: its lock is taken first and makes the checks true
//! until the commit.

use application::ports::row_op::RowOp;
use domain::time::Timestamp;

use super::batch;
use super::committer::postgres;
use super::outcome::Answers;
use crate::database::db::{Connection, Statement, query};
use crate::database::log::prepare::Prepared;
use crate::database::row_ops::{self, Applied};

pub(super) const LOCK: Statement =
    Statement::for_postgres("directory_lock", "select pg_advisory_xact_lock(1988)");

/// Whether an operation is not written by the function.
pub(super) const fn is_one(op: &RowOp) -> bool {
    matches!(
        op,
        RowOp::Number(_)
            | RowOp::BotBound { .. }
            | RowOp::BotUnbound { .. }
            | RowOp::Secret { .. }
            | RowOp::SecretDropped { .. }
            | RowOp::Token { .. }
            | RowOp::Blob { .. }
    )
}

/// Appends a batch with such operations.
pub(super) async fn append(
    connection: &mut Connection,
    given: Option<Timestamp>,
    inputs: &[&Prepared],
) -> Result<Answers, sqlx::Error> {
    let (mut transaction, micros) = connection.begin_timed().await?;
    let now = given.unwrap_or_else(|| Timestamp::from_micros(micros.unwrap_or_default()));
    query(LOCK).execute(&mut transaction).await?;
    let checked: Vec<(usize, &RowOp)> = ops(inputs).collect();
    let mut refused = vec![None; inputs.len()];
    for (commit, name) in row_ops::numbers::check(&mut transaction, &checked).await? {
        if let Some(refused) = refused.get_mut(commit) {
            *refused = Some(name);
        }
    }
    let answers = batch::send(postgres(&mut transaction).await?, given, inputs, &refused).await?;
    let won = |commit: &usize| {
        let outcome = answers.outcomes.get(*commit);
        outcome.is_some_and(|outcome| outcome.as_ref().is_ok_and(|won| !won.duplicate))
    };
    let applied: Vec<Applied<'_>> = ops(inputs)
        .filter(|(commit, _)| won(commit))
        .map(|(commit, op)| (commit, op, 0))
        .collect();
    let secrets: Vec<_> = inputs.iter().map(|input| &input.secrets).collect();
    row_ops::apply(&mut transaction, now, &applied, &secrets).await?;
    transaction.commit().await?;
    Ok(answers)
}

fn ops<'a>(inputs: &[&'a Prepared]) -> impl Iterator<Item = (usize, &'a RowOp)> {
    inputs.iter().enumerate().flat_map(|(commit, input)| {
        let ops = input.commit.row_ops.iter();
        ops.filter(|op| is_one(op)).map(move |op| (commit, op))
    })
}
