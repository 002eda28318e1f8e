//! A Cloud API on a bad day: about a third of all requests goes wrong, in every way there is. `n` is the number of
//! requests.

use super::CUSTOMERS;
use crate::lab::{Outcome, Place, Run};

/// Customers' messages a second.
const RATE: u32 = 60;
/// Per mille.
const FAULTS: &str = "reset=40,error_after=40,error_before=30,bad_json=30,never=10,ignore=10,slow:400=30,\
                      drip:30=20,429=10,4=5,613=5,80007=5,130429=5,131056=20,131057=5,reject:131026=20,\
                      fail_later:131026=30";

/// Sends until so many requests have reached Meta.
///
/// # Errors
/// The server ends, or something never ends.
pub async fn run(run: &mut Run, place: Place) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut lab = run.lab(place, FAULTS).await?;
    lab.add().await?;
    lab.add_numbers(1).await?;
    // What waits holds up its own conversation only: many conversations keep the number busy.
    lab.meta.load(1, RATE, 4 * CUSTOMERS + run.n / 4).await?;
    let first = lab.meta.counter("requests").await?;
    let mut sent = 0;
    while sent < run.n {
        lab.meta.go_on("requests", 10).await?;
        sent = lab.meta.counter("requests").await? - first;
        run.progress(sent.min(run.n));
    }
    outcome.conclude(&mut lab).await?;
    Ok(outcome)
}
