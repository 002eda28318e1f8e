//! The log's database: connections, migrations, the event log, the write queue.

pub mod context;
pub mod idempotency;
pub mod inbox;
pub mod outbox;
pub mod process_store;
pub(crate) mod row_ops;
pub(crate) mod rows;
pub mod sqlite_log;
pub mod statements;
pub mod subject_keys;
#[cfg(test)]
pub(crate) mod test_support;
pub mod wakers;
pub mod write_queue;
