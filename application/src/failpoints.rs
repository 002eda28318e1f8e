//! Named points at which the crash lab ends or stops a process, and switches of its control runs.
//!
//! Absent on purpose: anything at all without the feature `failpoints`, which only the crash lab's binaries are
//! built with (`make crashlab`). `FAILPOINTS="before_commit=7*off->1*return(abort)"` ends the process when it comes to
//! the point for the eighth time; `return(stop)` stops it as SIGSTOP does.

#[cfg(feature = "failpoints")]
pub use armed::{arm, is_set, knows, reach, reach_beside};
#[cfg(not(feature = "failpoints"))]
pub use nothing::{is_set, knows, reach, reach_beside};

#[cfg(feature = "failpoints")]
mod armed {
    use std::pin::pin;
    use std::time::Duration;

    /// What is sent has left after this time, and the lab's Cloud API has not answered yet.
    const LEFT: Duration = Duration::from_millis(20);

    /// Reads the points and switches from the environment; they hold as long as the answer is kept.
    pub fn arm() -> fail::FailScenario<'static> {
        fail::FailScenario::setup()
    }

    /// A place that the lab can aim at.
    pub fn reach(point: &'static str) {
        fail::fail_point!(point, |what| act(what.as_deref()));
    }

    /// As [`reach`], while something is under way.
    pub async fn reach_beside<T>(point: &'static str, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            output = &mut work => return output,
            () = tokio::time::sleep(LEFT) => reach(point),
        }
        work.await
    }

    /// Whether a control run switched something off.
    pub fn is_set(switch: &'static str) -> bool {
        fail::fail_point!(switch, |_| true);
        false
    }

    /// Whether this program can read events of a type. One of an older version was built before there were notes.
    pub fn knows(event_type: &str) -> bool {
        event_type != "ConversationNoted" || !is_set("older_version")
    }

    fn act(what: Option<&str>) {
        match what {
            Some("stop") => {
                let id = std::process::id().to_string();
                // Stopped while it waits for its own end.
                let _ended = std::process::Command::new("kill")
                    .args(["-STOP", &id])
                    .status();
            }
            _ => std::process::abort(),
        }
    }
}

#[cfg(not(feature = "failpoints"))]
mod nothing {
    /// Nothing in this build.
    pub const fn reach(_point: &'static str) {}

    /// Only the work in this build.
    pub async fn reach_beside<T>(_point: &'static str, work: impl Future<Output = T>) -> T {
        work.await
    }

    /// All of them in this build.
    pub const fn knows(_event_type: &str) -> bool {
        true
    }

    /// Never in this build.
    pub const fn is_set(_switch: &'static str) -> bool {
        false
    }
}
