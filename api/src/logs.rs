//! Log lines, written to standard error. They carry ids and counts, never texts, numbers of people or
//! tokens. What is logged can be changed while the process runs.

use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use crate::config::{Config, LogFormat};
use crate::traces::{self, BoxedLayer, Traces};

/// The log of this process: there is one.
static LOG: OnceLock<Log> = OnceLock::new();

#[derive(Debug)]
struct Log {
    handle: reload::Handle<EnvFilter, Registry>,
    filter: Mutex<String>,
}

/// Why the filter stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotChanged {
    /// This process writes no log of its own.
    NotStarted,
    /// The text is no filter.
    NoFilter,
}

/// Starts logging, and exporting traces where it is set; a second call changes nothing.
pub(crate) fn start(config: &Config) -> Traces {
    let filter = filter(&config.log).unwrap_or_else(|| EnvFilter::new("info"));
    let (filter, handle) = reload::Layer::new(filter);
    let lines = fmt::layer()
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    let lines: BoxedLayer = match config.log_format {
        LogFormat::Text => Box::new(lines.with_filter(filter)),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).with_filter(filter)),
    };
    let (spans, traces) = traces::layer(config);
    let layers: Vec<BoxedLayer> = [lines].into_iter().chain(spans).collect();
    if tracing_subscriber::registry()
        .with(layers)
        .try_init()
        .is_ok()
    {
        let filter = Mutex::new(config.log.clone());
        let _ = LOG.set(Log { handle, filter });
    }
    traces
}

/// What is logged now.
pub(crate) fn current() -> Option<String> {
    let filter = LOG.get()?.filter.lock();
    Some(filter.unwrap_or_else(PoisonError::into_inner).clone())
}

/// Logs by another filter from now on.
pub(crate) fn change(wanted: &str) -> Result<(), NotChanged> {
    let log = LOG.get().ok_or(NotChanged::NotStarted)?;
    let filter = filter(wanted).ok_or(NotChanged::NoFilter)?;
    let mut current = log.filter.lock().unwrap_or_else(PoisonError::into_inner);
    let reloaded = log.handle.reload(filter);
    reloaded.map_err(|_| NotChanged::NotStarted)?;
    tracing::warn!(before = %current, now = wanted, "what is logged was changed");
    wanted.clone_into(&mut current);
    Ok(())
}

/// A filter by its text. The client of NATS tells of each try to connect, with addresses: what went wrong is said
/// once, by the publisher. Spans are for traces.
fn filter(wanted: &str) -> Option<EnvFilter> {
    let mut filter = EnvFilter::try_new(wanted).ok()?;
    for quiet in ["async_nats", traces::TARGET] {
        filter = filter.add_directive(format!("{quiet}=off").parse().ok()?);
    }
    Some(filter)
}
