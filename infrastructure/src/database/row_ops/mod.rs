//! Row operations of commits, applied in batches inside the append's transaction.
//!
//! Preconditions are checked against the state before the batch; the caller keeps two commits of one
//! batch away from the same row ([`touched`]).

pub(crate) mod inbox;
pub(crate) mod numbers;
pub(crate) mod outbox;
pub(crate) mod process;
pub(crate) mod stored;

use std::collections::{BTreeMap, HashSet};

use application::ports::row_op::RowOp;
use domain::ids::{MessageId, NumberId};
use domain::time::Timestamp;

use self::stored::SealedSecrets;
use crate::database::db::Connection;
use crate::database::wakers::RowEffects;

/// A row operation with the index of its commit in the batch.
pub(crate) type Checked<'a> = (usize, &'a RowOp);
/// A row operation of a winner, with the position of its commit's first event.
pub(crate) type Applied<'a> = (usize, &'a RowOp, u64);
/// The commits whose precondition does not hold, with the precondition's name.
pub(crate) type Failed = HashSet<(usize, &'static str)>;

/// A row that a precondition looks at: at most one commit of a batch may.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Touched {
    /// An inbox item.
    Inbox(i64),
    /// An outbox row.
    Outbox(MessageId),
    /// A phone number id.
    PhoneNumber(String),
    /// The bot of a number.
    BotOf(NumberId),
}

/// The rows an operation's precondition looks at.
pub(crate) fn touched(op: &RowOp) -> Vec<Touched> {
    match op {
        RowOp::InboxDone { item } => vec![Touched::Inbox(*item)],
        RowOp::OutboxSettle { message, .. } => vec![Touched::Outbox(*message)],
        RowOp::OutboxCancel { messages } => messages
            .iter()
            .map(|message| Touched::Outbox(*message))
            .collect(),
        RowOp::OutboxInsert(insert) => vec![Touched::Outbox(insert.message)],
        RowOp::Number(row) => vec![Touched::PhoneNumber(row.phone_number_id.clone())],
        RowOp::BotBound { number, .. } | RowOp::BotUnbound { number, .. } => {
            vec![Touched::BotOf(*number)]
        }
        // The stream's version guards the conversation within a batch.
        RowOp::OutboxNoOther { .. }
        | RowOp::WamidRoute { .. }
        | RowOp::OutboxHoldTurn { .. }
        | RowOp::Secret { .. }
        | RowOp::SecretDropped { .. }
        | RowOp::Token { .. }
        | RowOp::Blob { .. }
        | RowOp::Under(_)
        | RowOp::ProcessCommandDone { .. } => Vec::new(),
    }
}

/// Which table's functions an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Table {
    Inbox,
    Outbox,
    Process,
    Numbers,
    Stored,
    /// Checked by PostgreSQL's append; a file has one node, and no commit names a lease.
    Leases,
}

fn table(op: &RowOp) -> Table {
    match op {
        RowOp::InboxDone { .. } => Table::Inbox,
        RowOp::OutboxInsert(_)
        | RowOp::OutboxSettle { .. }
        | RowOp::OutboxCancel { .. }
        | RowOp::OutboxNoOther { .. }
        | RowOp::OutboxHoldTurn { .. }
        | RowOp::WamidRoute { .. } => Table::Outbox,
        RowOp::ProcessCommandDone { .. } => Table::Process,
        RowOp::Number(_) | RowOp::BotBound { .. } | RowOp::BotUnbound { .. } => Table::Numbers,
        RowOp::Secret { .. }
        | RowOp::SecretDropped { .. }
        | RowOp::Token { .. }
        | RowOp::Blob { .. } => Table::Stored,
        RowOp::Under(_) => Table::Leases,
    }
}

/// Which commits fail which precondition; one batched select a table.
pub(crate) async fn check(
    tx: &mut Connection,
    now: Timestamp,
    ops: &[Checked<'_>],
) -> Result<Failed, sqlx::Error> {
    let mut by_table: BTreeMap<Table, Vec<Checked<'_>>> = BTreeMap::new();
    for op in ops {
        by_table.entry(table(op.1)).or_default().push(*op);
    }
    let mut failed = Failed::new();
    for (table, ops) in by_table {
        failed.extend(match table {
            Table::Inbox => inbox::check(tx, now, &ops).await?,
            Table::Outbox => outbox::check(tx, now, &ops).await?,
            Table::Numbers => numbers::check(tx, &ops).await?,
            Table::Process | Table::Stored | Table::Leases => Failed::new(),
        });
    }
    Ok(failed)
}

/// Applies the operations of the winners; batched by table. `secrets` by index of commit. Answers with
/// what waiting readers must be told after the commit.
pub(crate) async fn apply(
    tx: &mut Connection,
    now: Timestamp,
    ops: &[Applied<'_>],
    secrets: &[&SealedSecrets],
) -> Result<RowEffects, sqlx::Error> {
    let mut effects = RowEffects::default();
    let mut by_table: BTreeMap<Table, Vec<Applied<'_>>> = BTreeMap::new();
    for op in ops {
        by_table.entry(table(op.1)).or_default().push(*op);
    }
    for (table, ops) in by_table {
        match table {
            Table::Inbox => inbox::apply(tx, now, &ops).await?,
            Table::Outbox => effects = outbox::apply(tx, now, &ops).await?,
            Table::Process => process::apply(tx, &ops).await?,
            Table::Numbers => numbers::apply(tx, &ops).await?,
            Table::Stored => stored::apply(tx, now, &ops, secrets).await?,
            Table::Leases => {}
        }
    }
    Ok(effects)
}
