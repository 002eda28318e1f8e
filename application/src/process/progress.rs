//! How far the conversation manager has taken the log, for those who look from outside.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Seen by the manager, and by whoever asks whether it stands still.
#[derive(Debug)]
pub struct Progress(Mutex<Seen>);

#[derive(Clone, Copy, Debug)]
struct Seen {
    taken: Option<u64>,
    furthest: u64,
    moved_at: Instant,
}

impl Default for Progress {
    fn default() -> Self {
        Self(Mutex::new(Seen {
            taken: None,
            furthest: 0,
            moved_at: Instant::now(),
        }))
    }
}

impl Progress {
    /// Everything up to here is taken; `None`: this node has no shard.
    pub(super) fn stands(&self, taken: Option<u64>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.taken = taken;
        // After an outage the manager begins where its checkpoints are, which is no step forward.
        if taken.is_some_and(|taken| taken > seen.furthest) {
            seen.furthest = taken.unwrap_or_default();
            seen.moved_at = Instant::now();
        }
    }

    /// The position up to which the log is taken, and for how long there was no step forward.
    pub fn look(&self) -> (Option<u64>, Duration) {
        let seen = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.taken, seen.moved_at.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn beginning_anew_is_no_step_forward() {
        let progress = Progress::default();
        assert_eq!(progress.look().0, None);
        progress.stands(Some(7));
        let (taken, first) = progress.look();
        assert_eq!(taken, Some(7));
        progress.stands(Some(3));
        let (taken, second) = progress.look();
        assert_eq!(taken, Some(3));
        assert!(second >= first, "{second:?} {first:?}");
    }
}
