//! Ends the process exactly at named points. `n` is the number of lives; each is armed with one point. Needs the
//! lab's own build.

use std::time::Duration;

use anyhow::ensure;

use super::{CUSTOMERS, RATE};
use crate::lab::{Outcome, Place, Run};

/// The points, in the order in which a message passes them.
pub const POINTS: [&str; 10] = [
    "before_commit",
    "after_commit_before_ack",
    "after_ack_before_process",
    "before_process_step",
    "after_process_step",
    "after_claim_before_http",
    "after_lease_check",
    "after_first_byte",
    "after_200_before_record",
    "mid_projection_batch",
];
/// Answers are slow enough that a request is seen under way.
const FAULTS: &str = "slow:60=300,reset=20,error_after=20,error_before=10,bad_json=10,never=3,\
                      130429=2,131056=5,reject:131026=10";
/// A point is passed at most so often before it strikes.
const LATEST: u64 = 30;
/// A life in which its point does not strike ends so.
const LONGEST_LIFE: Duration = Duration::from_secs(15);
/// Each point strikes at least once in so many of its lives, or the run proves nothing about it.
const MISSED: u64 = 2;

/// Ends it at one point after the other.
///
/// # Errors
/// The server ends in another way, or something never ends.
pub async fn run(run: &mut Run, place: Place) -> anyhow::Result<Outcome> {
    ensure!(
        cfg!(feature = "failpoints"),
        "this build has no failpoints: use `make crashlab`"
    );
    let mut outcome = Outcome::default();
    let mut lab = run.lab(place, FAULTS).await?;
    lab.add().await?;
    lab.add_numbers(1).await?;
    lab.meta.load(1, RATE, CUSTOMERS + 2 * run.n).await?;
    let mut folder = lab.kill(0).await?;
    for (life, point) in (0..run.n).zip(POINTS.into_iter().cycle()) {
        let passed = run.chance.below(LATEST);
        let armed = format!("{point}={passed}*off->1*return(abort)");
        lab.settings = vec![("FAILPOINTS", armed)];
        lab.run_leases_out().await?;
        let mut node = lab.spawn(folder.clone())?;
        if node.starts_or_aborts(LONGEST_LIFE).await? {
            lab.take_in(node);
            if lab.nodes[0].aborts_within(LONGEST_LIFE).await? {
                outcome.hit(point);
                folder = lab.forget(0);
            } else {
                outcome.hit(&format!("{point} not reached"));
                folder = lab.kill(0).await?;
            }
        } else {
            outcome.hit(point);
        }
        run.progress(life + 1);
    }
    for point in POINTS {
        let of = |name: &str| outcome.hits.get(name).copied().unwrap_or_default();
        let (hit, missed) = (of(point), of(&format!("{point} not reached")));
        if missed > hit * MISSED {
            let missed = format!("{point} struck {hit} times, was not reached {missed} times");
            outcome.wrong.push(missed);
        }
    }
    lab.settings.clear();
    lab.start_again(folder).await?;
    outcome.conclude(&mut lab).await?;
    Ok(outcome)
}
