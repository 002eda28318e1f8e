//! The log's database: connections, migrations, the event log, the write queue.

pub mod blobs;
pub mod context;
pub mod db;
pub mod directory;
pub mod idempotency;
pub mod inbox;
pub mod leases;
pub mod log;
pub(crate) mod marks;
pub(crate) mod meta;
pub mod open;
pub mod outbox;
pub mod process_store;
pub mod published_marks;
pub mod restored;
pub mod retention;
pub(crate) mod row_ops;
pub(crate) mod rows;
pub mod server_clock;
pub mod statements;
pub mod subject_keys;
#[cfg(test)]
pub(crate) mod test_support;
pub mod wakers;
pub mod write_queue;

pub use open::{Database, Location, OpenError, OpenOptions};
