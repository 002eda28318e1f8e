//! The clock of a node's machine jumps. `n` is the number of jumps. Needs libfaketime.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use super::{CUSTOMERS, FAULTS, RATE};
use crate::lab::{Lab, Outcome, Place, Run};

/// Where Debian puts it.
const LIBRARIES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];
/// Seconds by which the clock is off, in turn. On PostgreSQL the server's clock counts, so a node may be off by an
/// hour; on SQLite what is held until a time waits as long as the clock was set back.
const OFFSETS_OF_A_NODE: [i64; 6] = [3600, 0, -10, -20, -3600, 0];
const OFFSETS_OF_THE_ONLY_ONE: [i64; 6] = [10, 0, -10, -20, 3, 0];
/// Longest time between two jumps.
const BETWEEN: Duration = Duration::from_millis(2500);

/// A clock that the lab can set.
struct Clock(PathBuf);

impl Clock {
    fn new(lab: &mut Lab) -> anyhow::Result<Self> {
        let library = LIBRARIES.into_iter().find(|path| Path::new(path).exists());
        let library = library.context("apt-get install libfaketime")?;
        let clock = Self(lab.folder().join("clock"));
        clock.set(0)?;
        lab.settings.extend([
            ("LD_PRELOAD", library.to_owned()),
            ("FAKETIME_TIMESTAMP_FILE", clock.0.display().to_string()),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            // The clock that never jumps does not jump on a real machine either.
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]);
        Ok(clock)
    }

    fn set(&self, offset: i64) -> anyhow::Result<()> {
        let draft = self.0.with_extension("draft");
        std::fs::write(&draft, format!("{offset:+}s\n"))?;
        Ok(std::fs::rename(draft, &self.0)?)
    }
}

/// Sets the clock of the first node again and again. On PostgreSQL a second node keeps the right time.
///
/// # Errors
/// A node ends, or something never ends.
pub async fn run(run: &mut Run, place: Place) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let (nodes, offsets) = match &place {
        Place::Sqlite(_) => (1, OFFSETS_OF_THE_ONLY_ONE),
        Place::Postgres(_) => (2, OFFSETS_OF_A_NODE),
    };
    let mut lab = run.lab(place, FAULTS).await?;
    let clock = Clock::new(&mut lab)?;
    lab.add().await?;
    lab.settings.clear();
    for _ in 1..nodes {
        lab.add().await?;
    }
    lab.add_numbers(nodes).await?;
    lab.meta.load(nodes, RATE / 2, CUSTOMERS).await?;
    for (jump, offset) in (0..run.n).zip(offsets.into_iter().cycle()) {
        run.wait(BETWEEN).await;
        clock.set(offset)?;
        outcome.hit(&format!("clock at {offset:+} s"));
        lab.meta.go_on("acknowledged_deliveries", 1).await?;
        run.progress(jump + 1);
    }
    clock.set(0)?;
    outcome.conclude(&mut lab).await?;
    // How long something took cannot be told from a clock that jumps; that it ended was waited for.
    outcome.wrong.retain(|one| !one.starts_with("late: "));
    Ok(outcome)
}
