//! The crash lab: a Meta in a process of its own whose synced books are the truth, nodes as processes that are
//! killed, stopped and cut off, and the rules that everything written down must keep.
//!
//! The integration tests run small counts of it, `make crashlab` large ones. Absent on purpose: knowledge of how
//! the product works inside; only its log is read, through the product's own reader.

mod asking;
mod balancer;
pub mod books;
pub mod checker;
mod database;
mod fixtures;
mod harness;
mod looking;
mod meta;
mod node;
pub mod run;
pub mod scenarios;

pub use books::Books;
pub use checker::check;
pub use fixtures::{APP_SECRET, BOT, VERIFY_TOKEN, phone_number_id};
pub use harness::{Lab, Place, Setup};
pub use meta::Meta;
pub use node::{Binaries, Node};
pub use run::{Outcome, Run};

use std::time::Duration;

use application::ports::clock::IdGenerator as _;
use infrastructure::system::SystemIds;

/// After this a condition counts as never coming true.
pub const DEADLINE: Duration = Duration::from_mins(1);
/// After the load everything is decided within this time: an attempt's deadline, and that of the status which may
/// still come, are in it.
pub const SETTLED: Duration = Duration::from_secs(150);
/// How often something is looked at.
pub const LOOK: Duration = Duration::from_millis(5);

/// A seed nobody chose; short enough to be typed again.
pub fn fresh_seed() -> u64 {
    SystemIds.next().as_u64_pair().1 & 0xff_ffff
}
