//! Bots: names, published versions, the numbers they serve.

mod apply;
mod queries;
mod tables;
#[cfg(test)]
mod tests;

pub use apply::BotProjection;
pub(crate) use queries::STATEMENTS;
pub use queries::{BotVersion, BotView};
pub(crate) use tables::{BindingRow, BotRow, VersionRow};
