//! The crash lab: kills, stops, cuts off and misleads the product, then holds what is written down against the
//! rules. `make crashlab ARGS="run kill-sqlite -n 1000 --seed 7"`; `docs/reliability.md` says what each run means.

#![recursion_limit = "256"]

mod results;
mod scenario;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use tests::lab::{Binaries, Outcome, Run, fresh_seed};

use self::results::{Machine, Result};
use self::scenario::Scenario;

/// Kills, stops and misleads Vestnik, and says whether anything was lost, doubled or out of order.
#[derive(Debug, Parser)]
#[command(
    name = "crashlab",
    after_help = "Examples:\n  \
        make crashlab                                              every scenario, small counts\n  \
        make crashlab ARGS='run kill-sqlite kill-postgres -n 1000'  a thousand kills on each database\n  \
        make crashlab ARGS='run kill-sqlite -n 100 --seed 7'        as before\n  \
        make crashlab ARGS=report                                   all runs so far, added up"
)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Runs scenarios and appends what came of it to the file of results.
    Run {
        /// Which; all of them if none is named.
        scenarios: Vec<Scenario>,
        /// How often the fault strikes; each scenario has a small count of its own.
        #[arg(short, long)]
        n: Option<u64>,
        /// Seed of everything that happens by chance; one that nobody chose if it is not given.
        #[arg(long)]
        seed: Option<u64>,
        /// A line of JSON for each run.
        #[arg(long, default_value = "target/crashlab/results.ndjson")]
        results: PathBuf,
    },
    /// Lists the scenarios: what each does, what `n` counts, what it needs.
    List,
    /// Adds up the runs in the file of results.
    Report {
        /// Where they are.
        #[arg(long, default_value = "target/crashlab/results.ndjson")]
        results: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match act(Arguments::parse().what).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "crashlab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn act(what: What) -> anyhow::Result<bool> {
    let mut out = std::io::stdout();
    match what {
        What::List => {
            for scenario in Scenario::ALL {
                writeln!(out, "{}", scenario.described())?;
            }
            Ok(true)
        }
        What::Report { results } => {
            write!(out, "{}", results::report(&results)?)?;
            Ok(true)
        }
        What::Run {
            scenarios,
            n,
            seed,
            results,
        } => {
            let all = Scenario::ALL.to_vec();
            let chosen = if scenarios.is_empty() { all } else { scenarios };
            let mut is_good = true;
            for scenario in chosen {
                let result = run(scenario, n, seed).await?;
                result.append_to(&results)?;
                writeln!(out, "{result}")?;
                is_good &= result.passed;
            }
            Ok(is_good)
        }
    }
}

/// Runs one and judges it. A run that cannot go on has failed.
async fn run(scenario: Scenario, n: Option<u64>, seed: Option<u64>) -> anyhow::Result<Result> {
    let n = n.unwrap_or(scenario.about().small);
    let seed = seed.unwrap_or_else(fresh_seed);
    writeln!(std::io::stderr(), "{scenario}: n {n}, seed {seed}")?;
    let began = Instant::now();
    let mut run = Run::shown(Binaries::beside()?, n, seed);
    let (outcome, broke) = match scenario.run(&mut run).await {
        Ok(outcome) => (outcome, None),
        Err(error) => (Outcome::default(), Some(format!("{error:#}"))),
    };
    let is_control = scenario.about().is_control;
    // A control that breaks off proves nothing: it has to find what is wrong.
    let passed = broke.is_none() && outcome.wrong.is_empty() != is_control;
    Ok(Result {
        scenario: scenario.to_string(),
        n,
        seed,
        is_control,
        passed,
        seconds: began.elapsed().as_secs(),
        machine: Machine::this(),
        hits: outcome.hits,
        figures: outcome.figures,
        wrong: outcome.wrong.into_iter().chain(broke).collect(),
    })
}
