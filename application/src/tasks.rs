//! Tracked tasks: every task has an owner, a stop signal and a place in shutdown.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Spawns tasks that a shutdown waits for.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// The signal that asks tasks to end.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Spawns a task; it must end soon after [`Self::stop`] is canceled.
    #[expect(clippy::disallowed_methods, reason = "this is the tracked spawner")]
    pub fn spawn<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        tokio::spawn(self.tracker.track_future(future));
    }

    /// Asks all tasks to end and waits for them; `false` if some did not within the time.
    pub async fn shut_down(&self, within: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(within, self.tracker.wait())
            .await
            .is_ok()
    }
}
