//! What is dropped with time, in pieces small enough not to hold up the write queue.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::time::Timestamp;

use super::day_keys::day_of;
use super::sql_settle;
use crate::database::db::{Connection, Statement, query};
use crate::database::retention::{
    BODY_DAYS, DAY_SECONDS, HELD_DAYS, IDEMPOTENCY_DAYS, ORPHAN_DAYS, OUTBOX_DAYS,
};
use crate::database::rows::json;
use crate::database::write_queue::WriteKind;

/// Rows of a table dropped in one transaction at most.
const PIECE: u32 = 500;
/// Keys without deliveries; a delivery sealed just before midnight may still be on its way.
const KEY_DAYS: i64 = 2;

/// What a piece dropped.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Swept {
    /// Orphans.
    pub(super) orphans: u64,
    /// Held items.
    pub(super) held: u64,
    /// There may be more to drop.
    pub(super) more: bool,
}

/// Sweeps one piece of each table.
#[derive(Debug)]
pub(super) struct SweepPiece;

#[async_trait]
impl WriteKind for SweepPiece {
    type Input = ();
    type Output = Swept;

    const MAX_BATCH: usize = 1;

    async fn run(
        &self,
        transaction: &mut Connection,
        now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        let mut outputs = Vec::with_capacity(inputs.len());
        for () in inputs {
            outputs.push(sweep(transaction, now).await?);
        }
        Ok(outputs)
    }
}

async fn sweep(transaction: &mut Connection, now: Timestamp) -> Result<Swept, sqlx::Error> {
    let before = |days: i64| now.plus_seconds(-days * DAY_SECONDS);
    // Orphans first: their bodies are free in the same sweep.
    let orphans = drop_older(transaction, &sql_settle::SWEEP_ORPHANS, before(ORPHAN_DAYS)).await?;
    let keys = drop_older(
        transaction,
        &sql_settle::SWEEP_IDEMPOTENCY_KEYS,
        before(IDEMPOTENCY_DAYS),
    )
    .await?;
    let outbox = drop_older(transaction, &sql_settle::SWEEP_OUTBOX, before(OUTBOX_DAYS)).await?;
    let held = drop_held(transaction, before(HELD_DAYS)).await?;
    let deliveries: Vec<i64> = query(sql_settle::SWEEP_DELIVERIES)
        .bind(day_of(before(BODY_DAYS)))
        .bind(before(BODY_DAYS).as_micros())
        .bind(PIECE)
        .fetch_all(&mut *transaction)
        .await?;
    if !deliveries.is_empty() {
        query(sql_settle::SWEEP_ITEMS)
            .bind(json(&deliveries)?)
            .execute(&mut *transaction)
            .await?;
    }
    query(sql_settle::SWEEP_DAY_KEYS)
        .bind(day_of(now) - KEY_DAYS + 1)
        .execute(&mut *transaction)
        .await?;
    let piece = u64::from(PIECE);
    let more = [orphans, keys, outbox, held, deliveries.len() as u64].contains(&piece);
    Ok(Swept {
        orphans,
        held,
        more,
    })
}

async fn drop_held(transaction: &mut Connection, before: Timestamp) -> Result<u64, sqlx::Error> {
    let dropped: Vec<i64> = query(sql_settle::SWEEP_HELD)
        .bind(before.as_micros())
        .bind(PIECE)
        .fetch_all(&mut *transaction)
        .await?;
    if !dropped.is_empty() {
        let deliveries: BTreeSet<i64> = dropped.iter().copied().collect();
        query(sql_settle::DROP_HELD_DELIVERIES)
            .bind(json(&deliveries)?)
            .execute(transaction)
            .await?;
    }
    Ok(dropped.len() as u64)
}

async fn drop_older(
    transaction: &mut Connection,
    statement: &Statement,
    before: Timestamp,
) -> Result<u64, sqlx::Error> {
    query(*statement)
        .bind(before.as_micros())
        .bind(PIECE)
        .execute(transaction)
        .await
}
