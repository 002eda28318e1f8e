//! Log lines, written to standard error. They carry ids and counts, never texts, numbers of people or
//! tokens.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Starts logging; a second call changes nothing.
pub(crate) fn start(config: &Config) {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter(&config.log))
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    let _already = match config.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

/// What is logged. The client of NATS tells of each try to connect, and in its details of credentials: what went
/// wrong is said once, by the publisher.
fn filter(wanted: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(wanted).unwrap_or_else(|_| EnvFilter::new("info"));
    match "async_nats=off".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    }
}
