//! The benchmarks of the README, beside raw baselines of the same run. `make bench`; nothing is asserted,
//! figures are for reading.
//!
//! `make bench ARGS=NAME` runs one of them: `webhook`, `commands`, `turns`, `subscribers`, `readmodels`. Sizes
//! are set by the environment: `N` (webhooks), `TURNS`, `SECONDS`, `NUMBERS`, `CUSTOMERS`, `WEBHOOKS`, `IDLE`,
//! `CONVERSATIONS`. `DATABASE=postgres` runs the server on a PostgreSQL of its own, on the same machine.

mod baseline;
mod commands;
mod load;
mod meta;
mod readmodels;
mod server;
mod subscribers;
mod turns;
mod webhook;

use std::fmt::Display;
use std::io::Write;

/// Webhooks posted without `N`.
const WEBHOOKS: usize = 20_000;

fn main() -> anyhow::Result<()> {
    // Whoever comes second finds the same provider installed.
    let _already = rustls::crypto::ring::default_provider().install_default();
    // cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let cores = std::thread::available_parallelism()?;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    row("machine", format!("{cores} cores, Linux {}", kernel.trim()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let rows = if server::is_on_postgres() {
        runtime.block_on(baseline::postgres_rows_per_second())?
    } else {
        runtime.block_on(baseline::rows_per_second())?
    };
    row(
        "baseline: rows/s, 100-row durable transactions of 580-byte events under random keys",
        whole(rows),
    )?;
    if wants("webhook") {
        webhook::run(&runtime, setting("N").unwrap_or(WEBHOOKS), rows)?;
    }
    if wants("commands") {
        runtime.block_on(commands::run(rows))?;
    }
    if wants("turns") {
        turns::run(&runtime)?;
    }
    if wants("subscribers") {
        subscribers::run(&runtime)?;
    }
    if wants("readmodels") {
        readmodels::run(&runtime)?;
    }
    Ok(())
}

/// Prints a row of the table.
pub(crate) fn row(name: &str, figure: impl Display) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "| {name} | {figure} |")
}

/// A rate without its fraction.
pub(crate) fn whole(rate: f64) -> String {
    format!("{rate:.0}")
}

/// A time in milliseconds.
pub(crate) fn milliseconds(time: std::time::Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// A number from the environment, for whoever runs the benchmarks.
#[expect(
    clippy::disallowed_methods,
    reason = "a knob of the benchmark, no configuration of the product"
)]
pub(crate) fn setting(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// How many a second.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are small"
)]
pub(crate) fn per_second(count: u64, time: std::time::Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
