//! Numbers as people see them: names, token's last characters, what needs attention.

mod apply;
mod queries;
mod tables;
#[cfg(test)]
mod tests;

pub use apply::NumberProjection;
pub(crate) use queries::STATEMENTS;
pub use queries::{NumberStatus, NumberView};
pub(crate) use tables::NumberRow;
