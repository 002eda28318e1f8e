//! Deals that bots and people opened.

mod apply;
mod queries;
mod tables;
#[cfg(test)]
mod tests;

pub use apply::DealProjection;
pub use queries::DealView;
pub(crate) use queries::STATEMENTS;
pub(crate) use tables::DealRow;
