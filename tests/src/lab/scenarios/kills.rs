//! Kill -9 under load, some while the server starts. `n` is the number of kills.

use std::time::Duration;

use super::{CUSTOMERS, FAULTS, RATE};
use crate::lab::{Lab, Outcome, Place, Run};

/// A life of the server lasts at most this long.
const LONGEST_LIFE: Duration = Duration::from_millis(900);
/// Every so many lives one ends while the server starts.
const KILLED_AT_START: u64 = 8;
/// So late at most such a start is hit.
const START: Duration = Duration::from_millis(120);
/// Read dedupe keys away as soon as they are written.
const NO_DEDUPE: &str = "create trigger lab_no_dedupe after insert on dedupe_keys begin \
                         delete from dedupe_keys where key = new.key; end";

/// Kills it again and again.
///
/// # Errors
/// The server does not start again, or something never ends.
pub async fn run(run: &mut Run, place: Place) -> anyhow::Result<Outcome> {
    let mut lab = run.lab(place, FAULTS).await?;
    lab.add().await?;
    let mut outcome = kill(run, &mut lab).await?;
    outcome.conclude(&mut lab).await?;
    Ok(outcome)
}

/// The control: as [`run`] on SQLite, and the database forgets every dedupe key at once.
///
/// # Errors
/// As [`run`].
pub async fn without_dedupe(run: &mut Run) -> anyhow::Result<Outcome> {
    let mut lab = run.lab(Place::Sqlite(None), FAULTS).await?;
    lab.add().await?;
    let folder = lab.stop(0).await?;
    lab.execute(NO_DEDUPE).await?;
    lab.start_again(folder).await?;
    let mut outcome = kill(run, &mut lab).await?;
    lab.settle().await?;
    lab.stop_all().await?;
    outcome.check(&lab).await?;
    Ok(outcome)
}

async fn kill(run: &mut Run, lab: &mut Lab) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    lab.add_numbers(1).await?;
    lab.meta.load(1, RATE, CUSTOMERS + 2 * run.n).await?;
    let mut restarts = Vec::new();
    for kill in 0..run.n {
        let folder = if kill % KILLED_AT_START == 0 {
            let folder = lab.kill(0).await?;
            let mut starting = lab.spawn(folder.clone())?;
            run.wait(START).await;
            starting.kill().await?;
            outcome.hit("kill -9 at start");
            folder
        } else {
            run.wait(LONGEST_LIFE).await;
            outcome.hit("kill -9");
            lab.kill(0).await?
        };
        lab.run_leases_out().await?;
        restarts.push(lab.start_again(folder).await?);
        run.progress(kill + 1);
    }
    outcome.times("restart until it answers", restarts);
    Ok(outcome)
}
