//! What the installation is set to.

mod apply;
mod queries;
mod tables;
#[cfg(test)]
mod tests;

pub use apply::SettingsProjection;
pub(crate) use queries::STATEMENTS;
pub use queries::{NumberHoursView, SettingsView};
pub(crate) use tables::{NumberHoursRow, SettingsRow};
