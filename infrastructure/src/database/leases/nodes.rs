//! The nodes with what they have, for people.

use std::collections::HashMap;
use std::time::Duration;

use application::ports::StoreError;
use application::ports::leases::{HeldLease, NodeRecord, NodeState};
use domain::time::Timestamp;

use super::keeper::FORGOTTEN_AFTER;
use super::{micros, sql};
use crate::database::context::unavailable;
use crate::database::db::{Pool, query};
use crate::database::rows::unsigned;

/// Id, host, version, whether a command, whether leaving, start, last sign, microseconds since then.
type Row = (String, String, String, bool, bool, i64, i64, i64);

/// All that are there, and those that were within the last lengths of a lease.
pub(super) async fn read(
    reads: &Pool,
    own: &str,
    length: Duration,
) -> Result<Vec<NodeRecord>, StoreError> {
    let mut held = held(reads).await?;
    let rows: Vec<Row> = query(sql::NODES)
        .bind(micros(length) * FORGOTTEN_AFTER)
        .fetch_all(reads)
        .await
        .map_err(unavailable)?;
    let nodes = rows.into_iter().map(|row| {
        let (id, host, version, is_command, is_leaving, started_at, seen_at, silent) = row;
        let state = match (silent < micros(length), is_leaving, is_command) {
            (false, ..) => NodeState::Gone,
            (true, true, _) => NodeState::Leaving,
            (true, false, true) => NodeState::Command,
            (true, false, false) => NodeState::Works,
        };
        NodeRecord {
            is_self: id == own,
            leases: held.remove(&id).unwrap_or_default(),
            id,
            host,
            version,
            state,
            started_at: Timestamp::from_micros(started_at),
            seen_at: Timestamp::from_micros(seen_at),
            silent_seconds: unsigned(silent / 1_000_000),
        }
    });
    Ok(nodes.collect())
}

async fn held(reads: &Pool) -> Result<HashMap<String, Vec<HeldLease>>, StoreError> {
    let rows: Vec<(String, String, i64, bool)> = query(sql::HELD)
        .fetch_all(reads)
        .await
        .map_err(unavailable)?;
    let mut held: HashMap<String, Vec<HeldLease>> = HashMap::new();
    for (owner, name, fence, has_run_out) in rows {
        held.entry(owner).or_default().push(HeldLease {
            name,
            fence,
            has_run_out,
        });
    }
    Ok(held)
}
