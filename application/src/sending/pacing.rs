//! How fast messages may leave: a pace is "one each interval, up to so many at once".
//!
//! Pure: time comes in with every question. Kept as the time at which the next message would be due if
//! none were sent early, so a pace is one number and needs no ticking.

use domain::time::Timestamp;

/// Longest pause of anything that grows, in seconds.
const LONGEST_PAUSE: i64 = 60;

/// One each interval, up to `burst` at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    interval: i64,
    burst: i64,
    due: i64,
}

impl Pace {
    /// A pace whose whole burst is there.
    pub(super) const fn full(interval_micros: i64, burst: u32) -> Self {
        let interval = if interval_micros > 0 {
            interval_micros
        } else {
            1
        };
        let burst = if burst == 0 { 1 } else { burst as i64 };
        Self {
            interval,
            burst,
            due: i64::MIN,
        }
    }

    /// A pace with nothing saved up: what was sent before it was made is not known.
    pub(super) const fn empty(interval_micros: i64, burst: u32, now: Timestamp) -> Self {
        let mut pace = Self::full(interval_micros, burst);
        pace.due = now.as_micros().saturating_add(pace.interval * pace.burst);
        pace
    }

    /// When the next message may leave; in the past if it may now.
    pub(super) const fn next_at(&self) -> Timestamp {
        Timestamp::from_micros(self.due.saturating_sub((self.burst - 1) * self.interval))
    }

    /// Takes one if it may leave now.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        // A clock that was set back must not silence a number for the time it jumped.
        self.due = self
            .due
            .min(now.as_micros().saturating_add(self.interval * self.burst));
        let may_leave = now >= self.next_at();
        if may_leave {
            self.due = self.due.max(now.as_micros()).saturating_add(self.interval);
        }
        may_leave
    }

    /// Gives one back that was taken and did not leave.
    pub(super) const fn give_back(&mut self) {
        self.due = self.due.saturating_sub(self.interval);
    }

    /// Whether the whole burst is there, so that forgetting the pace changes nothing.
    pub(super) const fn is_full(&self, now: Timestamp) -> bool {
        self.due <= now.as_micros()
    }
}

/// A pause that doubles: 1, 2, 4 .. 60 seconds for step 0, 1, 2 ...
pub(super) fn growing(step: u32) -> i64 {
    2_i64.saturating_pow(step).min(LONGEST_PAUSE)
}

/// Meta's pause for one customer: 4^x seconds, up to 4^5.
pub(super) fn pair_pause(step: u32) -> i64 {
    4_i64.pow(step.min(5))
}
