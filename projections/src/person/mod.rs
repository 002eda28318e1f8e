//! The people who work here, by their API tokens. Events name people by id; their names are joined from
//! here, so that there is one place where a name is known.
//!
//! The command line of this machine acts without a token: it has the nil id and no row.

mod apply;
mod queries;
mod tables;
#[cfg(test)]
mod tests;

pub use apply::PersonProjection;
pub use queries::PersonView;
pub(crate) use queries::{STATEMENTS, shown_name};
pub(crate) use tables::PersonRow;
