//! One way to talk to SQLite and to PostgreSQL: statements with a text for each, arguments and rows without
//! the driver's types. Used by the adapters of the log and by the read models.
//!
//! ```ignore
//! let rows: Vec<(String, i64)> = query(STATES).bind(json).fetch_all(&mut *connection).await?;
//! let row: Option<Row> = query(FIND).bind(&id).fetch_optional(&pool).await?;
//! ```
//!
//! Invariants: a statement's text is prepared once a connection; a connection on which a transaction was
//! abandoned (an early return, a future that was dropped) rolls it back before its next statement.
//! Absent on purpose: building SQL at run time, and hiding that the databases differ. Where they do, a
//! statement has two texts or the caller asks for the [`Dialect`].

mod column;
mod connection;
mod executor;
mod failure;
mod from_row;
mod pool;
mod query;
mod row;
mod server;
mod statement;
#[cfg(test)]
mod tests;
mod value;

pub use column::Column;
pub use connection::{Connection, Driver, Transaction};
pub use executor::Executor;
pub use failure::Failure;
pub use from_row::FromRow;
pub use pool::Pool;
pub use query::{Query, query, query_text, script};
pub use row::{ColumnIndex, Row};
pub use server::Server;
pub use statement::{Dialect, Statement};
pub use value::Value;
