//! The log's database: connections, migrations, the event log, the write queue.

pub mod blobs;
pub mod context;
pub mod directory;
mod meta;
pub mod open;
pub(crate) mod row_ops;
pub mod sqlite_log;
pub mod statements;
pub mod subject_keys;
pub mod write_queue;

pub use open::{Database, OpenError, OpenOptions};
