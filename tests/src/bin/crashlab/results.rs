//! What came of runs: a line of JSON for each, and their sum.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// Broken rules that are shown of a run.
const SHOWN: usize = 20;

/// On what it ran, and which version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    commit: String,
    cores: usize,
    memory_gib: u64,
}

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Result {
    pub(crate) scenario: String,
    pub(crate) n: u64,
    pub(crate) seed: u64,
    pub(crate) is_control: bool,
    pub(crate) passed: bool,
    pub(crate) seconds: u64,
    pub(crate) machine: Machine,
    pub(crate) hits: BTreeMap<String, u64>,
    pub(crate) figures: Vec<String>,
    pub(crate) wrong: Vec<String>,
}

impl Machine {
    pub(crate) fn this() -> Self {
        let said = Command::new("git")
            .args(["describe", "--always", "--dirty"])
            .output();
        let commit = said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned());
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib: Option<u64> = memory
            .split_whitespace()
            .nth(1)
            .and_then(|kib| kib.parse().ok());
        Self {
            commit: commit.unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gib: kib.unwrap_or_default().div_ceil(1 << 20),
        }
    }
}

impl Result {
    pub(crate) fn append_to(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = File::options().create(true).append(true).open(path)?;
        let line = serde_json::to_string(self)?;
        Ok(writeln!(file, "{line}")?)
    }

    fn verdict(&self) -> &'static str {
        match (self.passed, self.is_control) {
            (true, false) => "PASS",
            (true, true) => "PASS (the control found what it had to)",
            (false, false) => "FAIL",
            (false, true) => "FAIL (the control found nothing: the scenario proves nothing)",
        }
    }
}

impl fmt::Display for Result {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}: {}", self.scenario, self.verdict())?;
        writeln!(
            formatter,
            "  n {}, seed {}, commit {}, {} cores, {} GiB, {} s",
            self.n,
            self.seed,
            self.machine.commit,
            self.machine.cores,
            self.machine.memory_gib,
            self.seconds
        )?;
        for (what, times) in &self.hits {
            writeln!(formatter, "  {times:>7} {what}")?;
        }
        for figure in &self.figures {
            writeln!(formatter, "  {figure}")?;
        }
        writeln!(formatter, "  {} violations", self.wrong.len())?;
        for one in self.wrong.iter().take(SHOWN) {
            writeln!(formatter, "    {one}")?;
        }
        Ok(())
    }
}

/// All runs of each scenario, added up.
pub(crate) fn report(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut by_scenario: BTreeMap<String, Vec<Result>> = BTreeMap::new();
    for line in text.lines() {
        let result: Result = serde_json::from_str(line)?;
        let of = by_scenario.entry(result.scenario.clone()).or_default();
        of.push(result);
    }
    let mut report = String::new();
    for (scenario, results) in by_scenario {
        let n: u64 = results.iter().map(|one| one.n).sum();
        let failed = results.iter().filter(|one| !one.passed).count();
        let wrong: usize = results.iter().map(|one| one.wrong.len()).sum();
        writeln!(
            report,
            "{scenario}: n {n} in {} runs, {failed} failed, {wrong} violations",
            results.len()
        )?;
        for one in &results {
            writeln!(
                report,
                "  n {} seed {} commit {} on {} cores: {}",
                one.n,
                one.seed,
                one.machine.commit,
                one.machine.cores,
                one.verdict()
            )?;
        }
        let mut hits: BTreeMap<&str, u64> = BTreeMap::new();
        for (what, times) in results.iter().flat_map(|one| &one.hits) {
            *hits.entry(what).or_default() += times;
        }
        for (what, times) in hits {
            writeln!(report, "  {times:>7} {what}")?;
        }
    }
    Ok(report)
}
