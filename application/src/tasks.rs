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

    /// Runs a task on a thread of its own; as [`Self::spawn`] it must end soon after the stop.
    ///
    /// For a task that waits for an answer of another thread hundreds of times a second: on the shared
    /// threads each answer would queue behind whatever else is ready to run.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn spawn_on_own_thread<F>(&self, name: &str, future: F) -> std::io::Result<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let tracked = self.tracker.track_future(future);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime.block_on(tracked))
            .map(drop)
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
