//! Kill -9 in a loop under load, with a Meta in a process of its own whose synced books are the truth.
//!
//! `KILLS=1000 SEED=7 cargo test -p tests --test it kill_` kills more often, or as before.

mod books;
mod checker;
mod harness;

use std::time::Duration;

use crate::support::eventually;
pub(crate) use books::Books;
pub(crate) use checker::check;
pub(crate) use harness::BOT;
use harness::{Lab, Random, setting};

/// How often the server is killed without `KILLS`.
const KILLS: u64 = 100;
/// Customers' messages a second.
const RATE: u32 = 40;
/// Customers, and two more for each kill: enough that the pace of a pair holds nobody up.
const CUSTOMERS: u64 = 60;
/// A life of the server lasts at most this long.
const LONGEST_LIFE: Duration = Duration::from_millis(900);
/// Every so many lives one ends while the server starts.
const KILLED_AT_START: u64 = 8;
/// Milliseconds in which such a start is hit.
const START_MILLIS: u64 = 120;
/// What the simulated Cloud API does wrong, per mille.
const FAULTS: &str = "reset=20,error_after=20,error_before=10,bad_json=10,never=3,slow:400=30,\
                      130429=2,429=1,131056=5,reject:131026=10,fail_later:131026=10";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_loses_and_repeats_nothing() -> anyhow::Result<()> {
    let kills = setting("KILLS").unwrap_or(KILLS);
    let seed = setting("SEED").unwrap_or_else(harness::fresh_seed);
    println!("kill: {kills} kills, seed {seed}; again with KILLS={kills} SEED={seed}");
    let mut random = Random::new(seed);
    let mut lab = Lab::start(seed, FAULTS).await?;
    lab.set_up().await?;
    lab.load(RATE, CUSTOMERS + 2 * kills).await?;
    let mut restarts = Vec::new();
    for kill in 0..kills {
        if kill % KILLED_AT_START == 0 {
            lab.kill().await?;
            lab.spawn_server()?;
            tokio::time::sleep(Duration::from_millis(random.below(START_MILLIS))).await;
        } else {
            let life = u64::try_from(LONGEST_LIFE.as_millis())?;
            tokio::time::sleep(Duration::from_millis(random.below(life))).await;
        }
        lab.kill().await?;
        restarts.push(lab.start_server().await?);
    }
    lab.settle().await?;
    lab.stop_server().await?;

    restarts.sort_unstable();
    let median = restarts
        .get(restarts.len() / 2)
        .copied()
        .unwrap_or_default();
    let longest = restarts.last().copied().unwrap_or_default();
    let books = Books::read(&lab).await?;
    println!("kill: restart until it answers: median {median:?}, longest {longest:?}");
    println!("kill: {}", books.summary());
    let faults = checker::check(&books.facts);
    assert!(
        faults.is_empty(),
        "seed {seed}: {} violations, the first:\n{}",
        faults.len(),
        faults
            .iter()
            .take(20)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
    books::assert_rebuilds_equal(&lab.data_dir()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_with_a_term_signal_leaves_nothing_unknown() -> anyhow::Result<()> {
    let mut lab = Lab::start(1, "").await?;
    lab.set_up().await?;
    lab.load(RATE, CUSTOMERS).await?;
    eventually("thirty requests", || async {
        let requests = lab.requests().await.ok()?;
        (requests > 30).then_some(())
    })
    .await;
    lab.stop_server().await?;
    lab.start_server().await?;
    lab.settle().await?;
    lab.stop_server().await?;
    let books = Books::read(&lab).await?;
    println!("term: {}", books.summary());
    let faults = checker::check(&books.facts);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(
        books.unknown(),
        0,
        "an orderly stop waits for what is under way"
    );
    Ok(())
}
