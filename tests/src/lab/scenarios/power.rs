//! Power cuts of the machine that holds the SQLite file: what the system had not put on the disk is gone. `n` is
//! the number of cuts. Needs root and loop devices.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::mounts::Mount;
use super::{CUSTOMERS, FAULTS, RATE};
use crate::lab::{Outcome, Place, Run};

/// Longest time between two cuts.
const LONGEST_LIFE: Duration = Duration::from_millis(1500);
/// Size of the file system.
const MEGABYTES: u64 = 256;

/// What a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// As shipped.
    Full,
    /// The control: acknowledged before it is on the disk.
    Normal,
}

/// Cuts the power again and again.
///
/// # Errors
/// The file system or the server does not come up again, or something never ends.
pub async fn run(run: &mut Run, synchronous: Synchronous) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    // In memory where there is room: it is the image's content that counts, and a cut copies all of it.
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)?
    } else {
        tempfile::tempdir()?
    };
    let place = folder.path().join("disk");
    let image = |number: u64| -> PathBuf { folder.path().join(format!("image{number}")) };
    let mut disk = Mount::image(&place, &image(0), MEGABYTES)?;
    let mut lab = run.lab(Place::Sqlite(Some(place)), FAULTS).await?;
    if synchronous == Synchronous::Normal {
        let switch = "synchronous_normal=return".to_owned();
        lab.settings = vec![("FAILPOINTS", switch)];
    }
    lab.add().await?;
    lab.add_numbers(1).await?;
    lab.meta.load(1, RATE, CUSTOMERS + 2 * run.n).await?;
    let mut restarts = Vec::new();
    for cut in 1..=run.n {
        run.wait(LONGEST_LIFE).await;
        lab.pause(0).await?;
        disk.cut(&image(cut))?;
        outcome.hit("power cut");
        let data = lab.kill(0).await?;
        disk.power_up(&image(cut))?;
        restarts.push(lab.start_again(data).await?);
        run.progress(cut);
    }
    outcome.times("power is back until it answers", restarts);
    match synchronous {
        Synchronous::Full => {
            outcome.conclude(&mut lab).await?;
            let said = lab.integrity().await?;
            if said != "ok" {
                outcome.wrong.push(format!("the file is damaged: {said}"));
            }
        }
        Synchronous::Normal => {
            // What was acknowledged and is gone is never finished.
            lab.meta.quiet().await?;
            lab.meta.drain().await?;
            lab.kill(0).await?;
            outcome.check(&lab).await?;
        }
    }
    Ok(outcome)
}
