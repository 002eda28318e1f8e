//! The progress bar of long work.

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use infrastructure::backup::Stage;

/// A bar with the name of what is under way.
pub(super) fn bar() -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg:9} {bar:40} {percent:>3}% {eta}")
        .context("the progress bar")?;
    bar.set_style(style);
    Ok(bar)
}

/// Shows how far a stage is.
pub(super) fn advance(bar: &ProgressBar, stage: Stage, done: u64, total: u64) {
    bar.set_length(total);
    bar.set_position(done);
    bar.set_message(stage.as_str());
}
