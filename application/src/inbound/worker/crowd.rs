//! Stepping back from the machine while Meta waits for many acknowledgments.
//!
//! What has been acknowledged is safe; what has not may be lost to a time-out.

use std::time::Duration;

use tokio::time::Instant;

/// From so many deliveries on that wait at once.
const CROWD: usize = 24;
/// A transaction answers all of them at once: so long after it the crowd is still thought to be there.
const LINGERS: Duration = Duration::from_millis(100);
/// While there is a crowd, handling rests so many times as long as it worked.
const STEP_BACK: u32 = 8;
/// How often to look whether the crowd is gone.
pub(super) const LOOK: Duration = Duration::from_millis(5);

/// When handling may take items in.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    seen_at: Option<Instant>,
    busy_since: Option<Instant>,
    rests_until: Option<Instant>,
}

impl Crowd {
    /// Whether more may be taken in. Beside a crowd only what was taken in is finished, then there is a rest.
    pub(super) fn lets_take(&mut self, unanswered: usize, is_idle: bool, now: Instant) -> bool {
        if unanswered >= CROWD {
            self.seen_at = Some(now);
        }
        if self.seen_at.is_none_or(|seen| now - seen >= LINGERS) {
            *self = Self::default();
            return true;
        }
        if !is_idle {
            self.busy_since.get_or_insert(now);
            return false;
        }
        if let Some(began) = self.busy_since.take() {
            self.rests_until = Some(now + (now - began) * STEP_BACK);
        }
        self.rests_until.is_none_or(|until| now >= until)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{CROWD, Crowd};

    #[test]
    fn beside_a_crowd_handling_rests_eight_times_as_long_as_it_worked() {
        let mut crowd = Crowd::default();
        let began = Instant::now();
        let after = |millis| began + Duration::from_millis(millis);
        assert!(crowd.lets_take(CROWD, true, after(0)));
        assert!(!crowd.lets_take(CROWD, false, after(0)));
        assert!(!crowd.lets_take(CROWD, false, after(9)));
        assert!(!crowd.lets_take(CROWD, true, after(10)));
        assert!(!crowd.lets_take(CROWD, true, after(89)));
        assert!(crowd.lets_take(CROWD, true, after(90)));
    }

    #[test]
    fn it_goes_on_without_a_crowd_and_a_while_after_one() {
        let mut crowd = Crowd::default();
        let began = Instant::now();
        let after = |millis| began + Duration::from_millis(millis);
        assert!(crowd.lets_take(CROWD - 1, false, after(0)));
        assert!(!crowd.lets_take(CROWD, false, after(1)));
        assert!(
            !crowd.lets_take(0, false, after(2)),
            "all were answered at once"
        );
        assert!(!crowd.lets_take(0, false, after(100)));
        assert!(crowd.lets_take(0, false, after(101)));
    }
}
