//! What people see of publishing: metrics, and a log line where it begins to fail and where it works again.

use std::time::{Duration, Instant};

/// The first pause after a failure; doubled with each further one.
pub(super) const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How publishing goes.
#[derive(Debug)]
pub(super) struct Report {
    failing_since: Option<Instant>,
    pause: Duration,
    /// The last position known to be in the stream.
    at: u64,
}

impl Report {
    /// Nothing was tried yet.
    pub(super) fn new() -> Self {
        let report = Self {
            failing_since: None,
            pause: SHORTEST_PAUSE,
            at: 0,
        };
        metrics::counter!("events_published_total").increment(0);
        Self::idle();
        report
    }

    /// Another node publishes.
    pub(super) fn idle() {
        metrics::gauge!("events_published_lag").set(0.0);
        metrics::gauge!("events_published_failing_seconds").set(0.0);
    }

    /// So far the stream goes.
    pub(super) fn stands(&mut self, at: u64, head: u64) {
        self.at = at;
        self.show_lag(head);
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge for people")]
    fn show_lag(&self, head: u64) {
        metrics::gauge!("events_published_lag").set(head.saturating_sub(self.at) as f64);
    }

    /// The broker has answered as it should.
    pub(super) fn works(&mut self) {
        self.pause = SHORTEST_PAUSE;
        if let Some(since) = self.failing_since.take() {
            let seconds = since.elapsed().as_secs();
            tracing::info!(seconds, "NATS answers again: events are published");
            metrics::gauge!("events_published_failing_seconds").set(0.0);
        }
    }

    /// Events are in the stream.
    pub(super) fn published(&mut self, count: usize, at: u64, head: u64) {
        metrics::counter!("events_published_total").increment(count as u64);
        self.stands(at, head);
    }

    /// It did not work; how long to wait.
    pub(super) fn failed(&mut self, error: &str, head: u64) -> Duration {
        if self.failing_since.is_none() {
            self.failing_since = Some(Instant::now());
            tracing::warn!(
                error,
                "events cannot be published to NATS; trying again until it works"
            );
        } else {
            tracing::debug!(error, "events cannot be published to NATS");
        }
        let failing = self.failing_since.map(|since| since.elapsed());
        let failing = failing.unwrap_or_default().as_secs_f64();
        metrics::gauge!("events_published_failing_seconds").set(failing);
        self.show_lag(head);
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        pause
    }
}
