//! Customers: who they are, attributes, tags, and the text by which they are found.

mod apply;
mod queries;
mod tables;
#[cfg(test)]
mod tests;

pub use apply::ContactProjection;
pub use queries::ContactView;
pub(crate) use queries::STATEMENTS;
pub(crate) use queries::phone_number;
pub(crate) use tables::ContactRow;
