//! The disk of the SQLite file is full for a while. `n` is the number of times. Needs root.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::mounts::Mount;
use super::{CUSTOMERS, FAULTS, RATE};
use crate::lab::{DEADLINE, LOOK, Lab, Outcome, Place, Run};

/// Size of the disk.
const MEGABYTES: u64 = 160;
/// How long it stays full once nothing is acknowledged any more.
const FULL: Duration = Duration::from_millis(500);
/// Without a 200 for this time nothing is acknowledged any more.
const SILENT: Duration = Duration::from_millis(400);

/// Fills the disk and frees it again.
///
/// # Errors
/// The server ends, does not go on, or something never ends.
pub async fn run(run: &mut Run) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("disk");
    let _disk = Mount::in_memory(&place, MEGABYTES)?;
    let filler = place.join("filler");
    let mut lab = run.lab(Place::Sqlite(Some(place)), FAULTS).await?;
    lab.add().await?;
    lab.add_numbers(1).await?;
    lab.meta.load(1, RATE, CUSTOMERS + 2 * run.n).await?;
    let mut recovered = Vec::new();
    for full in 1..=run.n {
        lab.meta.go_on("acknowledged_deliveries", 5).await?;
        fill(&filler)?;
        silence(&lab, &filler).await?;
        outcome.hit("disk full");
        // Who only reads gets answers meanwhile.
        lab.get(0, "/conversations?limit=5").await?;
        run.wait(FULL).await;
        std::fs::remove_file(&filler)?;
        let began = Instant::now();
        lab.meta.go_on("acknowledged_deliveries", 1).await?;
        recovered.push(began.elapsed());
        run.progress(full);
    }
    outcome.times("room again until the next 200", recovered);
    outcome.conclude(&mut lab).await?;
    let said = lab.integrity().await?;
    if said != "ok" {
        outcome.wrong.push(format!("the file is damaged: {said}"));
    }
    Ok(outcome)
}

/// Writes until there is no room.
fn fill(filler: &Path) -> anyhow::Result<()> {
    let mut file = File::options().create(true).append(true).open(filler)?;
    for block in [vec![1_u8; 1 << 20], vec![1; 4096]] {
        loop {
            match file.write_all(&block) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// Waits until nothing is acknowledged any more. What the log had room for in its own file is used up first.
async fn silence(lab: &Lab, filler: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut last = (0, Instant::now());
    while last.1.elapsed() < SILENT {
        let count = lab.meta.counter("acknowledged_deliveries").await?;
        if count != last.0 {
            last = (count, Instant::now());
            fill(filler)?;
        }
        if began.elapsed() > DEADLINE {
            bail!("a full disk does not stop acknowledgments");
        }
        tokio::time::sleep(LOOK * 4).await;
    }
    Ok(())
}
