//! The database server's clock as this node knows it: its own clock and how far the server's is from it.
//!
//! All nodes compare stored times with this clock, so that a node whose clock is wrong decides as the others
//! do. Absent on purpose: more exactness than the way to the server and back takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use application::ports::clock::Clock;
use domain::time::Timestamp;

/// Follows the server's clock.
#[derive(Debug)]
pub struct ServerClock {
    own: Arc<dyn Clock>,
    ahead_micros: AtomicI64,
}

impl ServerClock {
    /// A clock that shows the own time until the server's was observed.
    pub fn new(own: Arc<dyn Clock>) -> Self {
        Self {
            own,
            ahead_micros: AtomicI64::new(0),
        }
    }

    /// Takes over what the server's clock showed a moment ago.
    pub fn observe(&self, micros: i64) -> Timestamp {
        let ahead = micros.saturating_sub(self.own.now().as_micros());
        self.ahead_micros.store(ahead, Ordering::Relaxed);
        Timestamp::from_micros(micros)
    }
}

impl Clock for ServerClock {
    fn now(&self) -> Timestamp {
        let own = self.own.now().as_micros();
        Timestamp::from_micros(own.saturating_add(self.ahead_micros.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Clock, ServerClock, Timestamp};

    #[derive(Debug)]
    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(1_000)
        }
    }

    #[test]
    fn a_node_that_is_behind_shows_the_server_s_time() {
        let clock = ServerClock::new(Arc::new(Standing));
        assert_eq!(clock.now().as_micros(), 1_000);
        assert_eq!(clock.observe(4_000).as_micros(), 4_000);
        assert_eq!(clock.now().as_micros(), 4_000);
    }
}
