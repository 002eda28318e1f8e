//! The log's database: connections, migrations, the write queue.

pub mod write_queue;
