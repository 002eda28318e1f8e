//! One run of a scenario: how often, from which seed, and what came of it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use api::simulator::chance::Chance;

use super::{Binaries, Lab, Place, Setup};
use crate::private_postgres::PrivatePostgres;

/// A run that is under way.
#[derive(Debug)]
pub struct Run {
    /// How often the fault strikes; what it counts says the scenario.
    pub n: u64,
    /// Of everything that happens by chance in the lab and at Meta.
    pub seed: u64,
    /// The lab's chance.
    pub chance: Chance,
    /// The programs.
    pub binaries: Binaries,
    shows: bool,
    began: Instant,
    shown: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How often each fault and each failpoint was hit.
    pub hits: BTreeMap<String, u64>,
    /// Figures worth printing.
    pub figures: Vec<String>,
    /// Every rule that was broken, in words.
    pub wrong: Vec<String>,
}

impl Run {
    /// A run that shows how far it is.
    pub fn shown(binaries: Binaries, n: u64, seed: u64) -> Self {
        Self {
            shows: true,
            ..Self::silent(binaries, n, seed)
        }
    }

    /// A run of a test.
    pub fn silent(binaries: Binaries, n: u64, seed: u64) -> Self {
        Self {
            n,
            seed,
            chance: Chance::new(seed),
            binaries,
            shows: false,
            began: Instant::now(),
            shown: 0,
        }
    }

    /// A lab of this run.
    ///
    /// # Errors
    /// A process does not start.
    pub async fn lab(&self, place: Place, faults: &str) -> anyhow::Result<Lab> {
        Lab::start(Setup {
            binaries: self.binaries.clone(),
            place,
            seed: self.seed,
            faults: faults.to_owned(),
            settings: Vec::new(),
        })
        .await
    }

    /// Waits for a time by chance.
    pub async fn wait(&mut self, longest: Duration) {
        let pause = self.chance.up_to(longest);
        tokio::time::sleep(pause).await;
    }

    /// So many of `n` are done: shown twenty times in a run.
    pub fn progress(&mut self, done: u64) {
        let step = (self.n / 20).max(1);
        if !self.shows || (done < self.shown + step && done < self.n) {
            return;
        }
        self.shown = done;
        let took = self.began.elapsed().as_secs();
        // A terminal that is gone stops nothing.
        let _ = writeln!(std::io::stderr(), "  {done} of {} after {took} s", self.n);
    }
}

impl Outcome {
    /// A fault struck.
    pub fn hit(&mut self, fault: &str) {
        self.hits(fault, 1);
    }

    /// A fault struck so often.
    pub fn hits(&mut self, fault: &str, times: u64) {
        *self.hits.entry(fault.to_owned()).or_default() += times;
    }

    /// A figure.
    pub fn figure(&mut self, figure: impl Into<String>) {
        self.figures.push(figure.into());
    }

    /// Median, 99th percentile and longest of some times.
    pub fn times(&mut self, what: &str, mut times: Vec<Duration>) {
        times.sort_unstable();
        let at = |share: usize| times.get(times.len().saturating_sub(1) * share / 100);
        if let (Some(median), Some(p99), Some(longest)) = (at(50), at(99), times.last()) {
            self.figure(format!(
                "{what}: median {} ms, p99 {} ms, longest {} ms of {}",
                median.as_millis(),
                p99.as_millis(),
                longest.as_millis(),
                times.len()
            ));
        }
    }

    /// Holds everything written down against the rules.
    ///
    /// # Errors
    /// Something cannot be read.
    pub async fn check(&mut self, lab: &Lab) -> anyhow::Result<()> {
        let books = lab.books().await?;
        self.figure(books.summary());
        for (outcome, times) in books.outcomes() {
            self.hits(&format!("graph {outcome}"), times);
        }
        self.wrong.extend(books.wrong());
        Ok(())
    }

    /// Settles, stops all nodes, checks, and compares every read model with its rebuild.
    ///
    /// # Errors
    /// Something never ends or cannot be read.
    pub async fn conclude(&mut self, lab: &mut Lab) -> anyhow::Result<()> {
        let took = lab.settle().await?;
        self.figure(format!(
            "everything finished {} s after the end",
            took.as_secs()
        ));
        lab.stop_all().await?;
        self.check(lab).await?;
        if let Err(error) = lab.assert_rebuilds_equal().await {
            self.wrong.push(format!("{error:#}"));
        }
        Ok(())
    }
}

/// A private PostgreSQL, or how to get one.
///
/// # Errors
/// It is not installed or does not start.
pub fn postgres() -> anyhow::Result<Place> {
    let server = PrivatePostgres::start_durable()?;
    let server = server.ok_or_else(|| anyhow::anyhow!("apt-get install postgresql"))?;
    Ok(Place::Postgres(server))
}
