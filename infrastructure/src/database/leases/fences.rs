//! Asking within a transaction which of its jobs are of a lease that has changed hands.

use application::ports::leases::Fence;

use super::sql::LOST;
use crate::database::db::{Connection, query};
use crate::database::rows::{json, undecodable};

/// Lease and token of each job, as the statements take them; null where a job has no lease.
pub(in crate::database) fn asked<'a>(
    fences: impl Iterator<Item = &'a Option<Fence>>,
) -> Vec<(Option<&'a str>, Option<i64>)> {
    fences
        .map(|fence| match fence {
            Some(fence) => (Some(&*fence.lease), Some(fence.token)),
            None => (None, None),
        })
        .collect()
}

/// The places (from 0) in a JSON array of places from 1.
pub(in crate::database) fn places(text: &str) -> Result<Vec<usize>, sqlx::Error> {
    let places: Vec<usize> =
        serde_json::from_str(text).map_err(|_| undecodable("leases.places"))?;
    Ok(places
        .into_iter()
        .map(|place| place.saturating_sub(1))
        .collect())
}

/// The places (from 0) of jobs whose lease has changed hands; those of the others do not until the
/// transaction ends. Asks nothing where no job has a lease.
pub(in crate::database) async fn lost<'a>(
    transaction: &mut Connection,
    fences: impl Iterator<Item = &'a Option<Fence>>,
) -> Result<Vec<usize>, sqlx::Error> {
    let asked = asked(fences);
    if asked.iter().all(|(lease, _)| lease.is_none()) {
        return Ok(Vec::new());
    }
    let text: String = query(LOST)
        .bind(json(&asked)?)
        .fetch_one(transaction)
        .await?;
    places(&text)
}
