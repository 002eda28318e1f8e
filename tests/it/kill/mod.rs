//! Small counts of the crash lab in processes of their own; `make crashlab` does the same in large ones.
//!
//! `KILLS=1000 SEED=7 cargo test -p tests --test it kill_` kills more often, or as before.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::ensure;
use tests::lab::scenarios::{graph, kills, outages};
use tests::lab::{Binaries, Outcome, Place, Run, fresh_seed};
use tests::private_postgres::{PrivatePostgres, is_installed};

use crate::support::eventually;

/// How often the server is killed without `KILLS`, on SQLite and on PostgreSQL.
const KILLS: (u64, u64) = (100, 12);

/// A number from the environment, for whoever runs the tests.
#[expect(
    clippy::disallowed_methods,
    reason = "a knob of the test, no configuration of the product"
)]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The lab's programs, as cargo built them for the tests.
pub(crate) fn binaries() -> Binaries {
    Binaries {
        server: PathBuf::from(env!("CARGO_BIN_EXE_server")),
        fakemeta: PathBuf::from(env!("CARGO_BIN_EXE_fakemeta")),
    }
}

fn run(name: &str, n: u64) -> anyhow::Result<Run> {
    let seed = setting("SEED").unwrap_or_else(fresh_seed);
    writeln!(std::io::stdout(), "{name}: n {n}, seed {seed}")?;
    Ok(Run::silent(binaries(), n, seed))
}

fn judge(run: &Run, outcome: &Outcome) -> anyhow::Result<()> {
    let figures = outcome.figures.join("; ");
    writeln!(std::io::stdout(), "{:?} {figures}", outcome.hits)?;
    let wrong = outcome.wrong.join("\n");
    ensure!(wrong.is_empty(), "seed {}: {wrong}", run.seed);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_loses_and_repeats_nothing() -> anyhow::Result<()> {
    let mut run = run("kill", setting("KILLS").unwrap_or(KILLS.0))?;
    let outcome = kills::run(&mut run, Place::Sqlite(None)).await?;
    judge(&run, &outcome)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_on_postgres_loses_and_repeats_nothing() -> anyhow::Result<()> {
    let Some(server) = PrivatePostgres::start()? else {
        return Ok(());
    };
    let mut run = run("kill on postgres", setting("KILLS").unwrap_or(KILLS.1))?;
    let outcome = kills::run(&mut run, Place::Postgres(server)).await?;
    judge(&run, &outcome)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_without_dedupe_is_seen() -> anyhow::Result<()> {
    let outcome = kills::without_dedupe(&mut run("kill without dedupe", 6)?).await?;
    let doubled = |one: &String| one.starts_with("doubled: ");
    ensure!(outcome.wrong.iter().any(doubled), "{:?}", outcome.wrong);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cloud_api_on_a_bad_day_loses_and_repeats_nothing() -> anyhow::Result<()> {
    let mut run = run("graph", 150)?;
    let outcome = graph::run(&mut run, Place::Sqlite(None)).await?;
    judge(&run, &outcome)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_and_ends_connections_loses_nothing() -> anyhow::Result<()> {
    if !is_installed()? {
        return Ok(());
    }
    let mut ended = run("ended connections", 25)?;
    let outcome = outages::ended_connections(&mut ended).await?;
    judge(&ended, &outcome)?;
    let mut restarted = run("immediate restarts", 2)?;
    let outcome = outages::restarts(&mut restarted).await?;
    judge(&restarted, &outcome)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_with_a_term_signal_leaves_nothing_unknown() -> anyhow::Result<()> {
    let run = run("term", 1)?;
    let mut lab = run.lab(Place::Sqlite(None), "").await?;
    lab.add().await?;
    lab.add_numbers(1).await?;
    lab.meta.load(1, 40, 60).await?;
    eventually("thirty requests", || async {
        let requests = lab.meta.counter("requests").await.ok()?;
        (requests > 30).then_some(())
    })
    .await;
    let folder = lab.stop(0).await?;
    lab.start_again(folder).await?;
    lab.settle().await?;
    lab.stop_all().await?;
    let books = lab.books().await?;
    println!("term: {}", books.summary());
    let wrong = books.wrong();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    ensure!(
        books.unknown() == 0,
        "an orderly stop waits for what is under way"
    );
    Ok(())
}
