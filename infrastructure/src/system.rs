//! The clock, the id generator and the name of this machine.

use application::ports::clock::{Clock, IdGenerator};
use domain::time::Timestamp;
use uuid::Uuid;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter behind the Clock port"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}

/// This machine's name.
pub fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// Random ids that sort by time (uuid v7), increasing within the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl IdGenerator for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter behind the IdGenerator port"
    )]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
