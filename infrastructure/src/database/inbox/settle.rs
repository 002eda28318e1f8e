//! How items leave the inbox (done, held, set aside) and come back (released under new ids).
//!
//! A released item gets a new id: consumers read on from the last id they saw.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::ports::hashes::KeyedHash;
use application::ports::inbox::{HoldReason, Release};
use application::ports::leases::Fence;
use async_trait::async_trait;
use domain::time::Timestamp;

use super::rows::reason_name;
use super::{sql, sql_settle};
use crate::database::db::{Connection, Dialect, Statement, query};
use crate::database::leases;
use crate::database::meta;
use crate::database::rows::json;
use crate::database::wakers::Wakers;
use crate::database::write_queue::WriteKind;

/// Failed tries after which an item is parked.
const MAX_TRIES: i64 = 5;

/// Key in `log_meta`: the version of the program that has looked at held items last.
const LOOKED_AT_BY: &str = "held_looked_at_by";

/// A change of items.
#[derive(Debug)]
pub(super) enum Settle {
    /// Handled without an event.
    Done(Vec<i64>),
    /// Held for a reason.
    Hold(Vec<i64>, HoldReason),
    /// A try failed.
    Failed(i64, String),
    /// A status of an unknown wamid.
    Orphan(i64, KeyedHash),
    /// The number was added.
    ReleaseNumber(String),
    /// An operator wants them handled again.
    Release(Release),
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settled {
    /// Parked, or set aside.
    pub(super) happened: bool,
    /// Items released.
    pub(super) released: usize,
    last_item: i64,
}

/// Settles items one change after the other.
#[derive(Debug)]
pub(super) struct SettleItems {
    pub(super) wakers: Arc<Wakers>,
}

#[async_trait]
impl WriteKind for SettleItems {
    type Input = (Settle, Option<Fence>);
    /// `None`: the lease has changed hands.
    type Output = Option<Settled>;

    const MAX_BATCH: usize = 128;

    async fn run(
        &self,
        transaction: &mut Connection,
        now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        if transaction.dialect() == Dialect::Postgres {
            lock_wamids(transaction, inputs).await?;
        }
        let lost = leases::lost(transaction, inputs.iter().map(|(_, fence)| fence)).await?;
        let mut outputs = Vec::with_capacity(inputs.len());
        for (place, (change, _)) in inputs.iter().enumerate() {
            if lost.contains(&place) {
                outputs.push(None);
                continue;
            }
            outputs.push(Some(match change {
                Settle::Done(items) => {
                    query(sql_settle::DONE_ITEMS)
                        .bind(json(items)?)
                        .bind(now.as_micros())
                        .execute(&mut *transaction)
                        .await?;
                    Settled::default()
                }
                Settle::Hold(items, reason) => {
                    hold(transaction, now, items, *reason).await?;
                    Settled::default()
                }
                Settle::Failed(item, error) => failed(transaction, now, *item, error).await?,
                Settle::Orphan(item, wamid) => orphan(transaction, *item, *wamid).await?,
                Settle::ReleaseNumber(number) => {
                    let reason = reason_name(HoldReason::UnknownNumber);
                    let found = query(sql_settle::FIND_HELD).bind(number).bind(reason);
                    let rows = found.fetch_all(&mut *transaction).await?;
                    release(transaction, now, rows).await?
                }
                Settle::Release(Release::Reason(reason)) => {
                    let found = query(sql_settle::FIND_HELD_FOR).bind(reason_name(*reason));
                    let rows = found.fetch_all(&mut *transaction).await?;
                    release(transaction, now, rows).await?
                }
                Settle::Release(Release::Items(items)) => {
                    let found = query(sql_settle::FIND_HELD_ITEMS).bind(json(items)?);
                    let rows = found.fetch_all(&mut *transaction).await?;
                    release(transaction, now, rows).await?
                }
                Settle::Release(Release::ForVersion(version)) => {
                    for_version(transaction, now, version).await?
                }
            }));
        }
        Ok(outputs)
    }

    fn committed(&self, _inputs: &[Self::Input], outputs: &[Self::Output]) {
        for output in outputs.iter().flatten().filter(|one| one.released > 0) {
            self.wakers.inbox.advance(output.last_item);
        }
    }
}

async fn execute(
    transaction: &mut Connection,
    statement: &Statement,
    rows: &str,
) -> Result<(), sqlx::Error> {
    query(*statement)
        .bind(rows)
        .execute(transaction)
        .await
        .map(|_| ())
}

async fn hold(
    transaction: &mut Connection,
    now: Timestamp,
    items: &[i64],
    reason: HoldReason,
) -> Result<(), sqlx::Error> {
    let items = json(items)?;
    execute(transaction, &sql_settle::HOLD_DELIVERIES, &items).await?;
    query(sql_settle::HOLD_ITEMS)
        .bind(&items)
        .bind(reason_name(reason))
        .bind(now.as_micros())
        .execute(&mut *transaction)
        .await?;
    execute(transaction, &sql_settle::DROP_ITEMS, &items).await
}

async fn failed(
    transaction: &mut Connection,
    now: Timestamp,
    item: i64,
    error: &str,
) -> Result<Settled, sqlx::Error> {
    let attempts: Option<i64> = query(sql_settle::COUNT_FAILURE)
        .bind(item)
        .bind(error)
        .fetch_optional(&mut *transaction)
        .await?;
    let parked = attempts.is_some_and(|attempts| attempts >= MAX_TRIES);
    if parked {
        hold(transaction, now, &[item], HoldReason::Parked).await?;
    }
    Ok(Settled {
        happened: parked,
        ..Settled::default()
    })
}

/// Keeps routes of these wamids from being written until the commit: a route and a status that is set aside
/// for it would not see each other.
async fn lock_wamids(
    transaction: &mut Connection,
    inputs: &[(Settle, Option<Fence>)],
) -> Result<(), sqlx::Error> {
    let wamids: Vec<String> = inputs
        .iter()
        .filter_map(|(change, _)| match change {
            Settle::Orphan(_, wamid) => Some(hex::encode(wamid.0)),
            _ => None,
        })
        .collect();
    if !wamids.is_empty() {
        query(sql_settle::ORPHAN_LOCKS)
            .bind(json(&wamids)?)
            .execute(transaction)
            .await?;
    }
    Ok(())
}

/// Looks for the route inside the transaction: a route that came a moment ago has released its orphans
/// already and would never find this one.
async fn orphan(
    transaction: &mut Connection,
    item: i64,
    wamid: KeyedHash,
) -> Result<Settled, sqlx::Error> {
    let route: Option<String> = query(sql_settle::HAS_ROUTE)
        .bind(wamid.0.as_slice())
        .fetch_optional(&mut *transaction)
        .await?;
    if route.is_some() {
        return Ok(Settled::default());
    }
    query(sql_settle::ORPHAN)
        .bind(item)
        .bind(wamid.0.as_slice())
        .execute(transaction)
        .await?;
    Ok(Settled {
        happened: true,
        ..Settled::default()
    })
}

/// Reserves `count` new item ids; answers with the id before the first.
async fn take_ids(transaction: &mut Connection, count: usize) -> Result<i64, sqlx::Error> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let (_, last): (i64, i64) = query(sql::TAKE_IDS)
        .bind(0_i64)
        .bind(count)
        .fetch_one(transaction)
        .await?;
    Ok(last - count)
}

/// `rows`: held items with their deliveries.
async fn release(
    transaction: &mut Connection,
    now: Timestamp,
    rows: Vec<(i64, i64)>,
) -> Result<Settled, sqlx::Error> {
    if rows.is_empty() {
        return Ok(Settled::default());
    }
    let items = json(&rows.iter().map(|(item, _)| *item).collect::<Vec<_>>())?;
    let deliveries: BTreeSet<i64> = rows.iter().map(|(_, delivery)| *delivery).collect();
    let deliveries = json(&deliveries)?;
    let before = take_ids(transaction, rows.len()).await?;
    execute(transaction, &sql_settle::REOPEN_DELIVERIES, &deliveries).await?;
    reopen(transaction, now, &sql_settle::REOPEN_HELD, &items, before).await?;
    execute(transaction, &sql_settle::DROP_HELD_ITEMS, &items).await?;
    execute(transaction, &sql_settle::DROP_HELD_DELIVERIES, &deliveries).await?;
    let last_item = before + rows.len() as i64;
    Ok(Settled {
        happened: true,
        released: rows.len(),
        last_item,
    })
}

/// What the version before did not understand; each version looks once.
async fn for_version(
    transaction: &mut Connection,
    now: Timestamp,
    version: &str,
) -> Result<Settled, sqlx::Error> {
    if meta::find(transaction, LOOKED_AT_BY).await?.as_deref() == Some(version) {
        return Ok(Settled::default());
    }
    meta::put(transaction, LOOKED_AT_BY, version).await?;
    let found = query(sql_settle::FIND_HELD_FOR).bind(reason_name(HoldReason::NotUnderstood));
    let rows = found.fetch_all(&mut *transaction).await?;
    release(transaction, now, rows).await
}

async fn reopen(
    transaction: &mut Connection,
    now: Timestamp,
    statement: &Statement,
    items: &str,
    before: i64,
) -> Result<(), sqlx::Error> {
    query(*statement)
        .bind(items)
        .bind(before)
        .bind(now.as_micros())
        .execute(transaction)
        .await
        .map(|_| ())
}

/// Statuses set aside for these wamids are received anew; answers with the last new id.
pub(in crate::database) async fn release_orphans(
    transaction: &mut Connection,
    now: Timestamp,
    wamids: &str,
) -> Result<Option<i64>, sqlx::Error> {
    let orphans: Vec<i64> = query(sql_settle::FIND_ORPHANS)
        .bind(wamids)
        .fetch_all(&mut *transaction)
        .await?;
    if orphans.is_empty() {
        return Ok(None);
    }
    let items = json(&orphans)?;
    let before = take_ids(transaction, orphans.len()).await?;
    reopen(
        transaction,
        now,
        &sql_settle::REOPEN_ORPHANS,
        &items,
        before,
    )
    .await?;
    execute(transaction, &sql_settle::DROP_ITEMS, &items).await?;
    Ok(Some(before + orphans.len() as i64))
}
