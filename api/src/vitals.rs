//! How old the oldest unfinished work is: what was received and is not handled, what may leave and has not, what the
//! bots' manager has not taken. Shown as metrics, and what `/readyz` judges by.
//!
//! Invariant: an age never exceeds the time since this process began to serve, so that work which was left by a
//! crash does not make the node that takes it up look stuck. Absent on purpose: repairing anything.

use std::sync::Arc;
use std::time::Duration;

use application::ports::StoreError;
use application::ports::clock::Clock as _;
use application::tasks::Tasks;
use infrastructure::system::SystemClock;

use crate::rest::App;

/// How often the metrics are brought up to date.
const EVERY: Duration = Duration::from_secs(5);

/// Ages in seconds; 0 where nothing waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Vitals {
    /// The oldest item that is not handled.
    pub(crate) inbox: u64,
    /// The oldest message that may leave.
    pub(crate) outbox: u64,
    /// The oldest event that the bots' manager has not taken.
    pub(crate) bots: u64,
}

impl Vitals {
    /// With their names, as metrics and answers have them.
    pub(crate) const fn named(self) -> [(&'static str, u64); 3] {
        [
            ("inbox", self.inbox),
            ("outbox", self.outbox),
            ("bots", self.bots),
        ]
    }
}

/// Looks at all of them.
pub(crate) async fn look(app: &App) -> Result<Vitals, StoreError> {
    let served = app.started.elapsed().as_secs();
    let (inbox, outbox, bots) = tokio::try_join!(
        app.inbox.oldest_open_seconds(),
        app.outbox.oldest_due_seconds(),
        bots(app),
    )?;
    Ok(Vitals {
        inbox: inbox.min(served),
        outbox: outbox.min(served),
        bots: bots.min(served),
    })
}

/// The next event's age, or the time since the last step forward if that is shorter.
async fn bots(app: &App) -> Result<u64, StoreError> {
    let (Some(taken), still) = app.progress.look() else {
        return Ok(0);
    };
    if taken >= app.log.head() {
        return Ok(0);
    }
    let Some(next) = app.log.read_at(taken + 1).await? else {
        return Ok(0);
    };
    let age = SystemClock.now().micros_since(next.recorded_at) / 1_000_000;
    Ok(u64::try_from(age).unwrap_or(0).min(still.as_secs()))
}

/// Keeps the metrics up to date while the server runs.
pub(crate) fn keep_shown(app: &Arc<App>, tasks: &Tasks) {
    let (app, stop) = (Arc::clone(app), tasks.stop().clone());
    tasks.spawn(async move {
        let mut every = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = every.tick() => {}
            }
            match look(&app).await {
                Ok(vitals) => show(vitals),
                Err(error) => tracing::debug!(%error, "the age of unfinished work is not known"),
            }
        }
    });
}

#[expect(clippy::cast_precision_loss, reason = "seconds, for people")]
fn show(vitals: Vitals) {
    for (what, age) in vitals.named() {
        metrics::gauge!("unfinished_oldest_seconds", "what" => what).set(age as f64);
    }
}
