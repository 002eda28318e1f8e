//! What the installation is set to: its time zone, and when each number answers. One stream for all.
//!
//! Absent on purpose: whether a time zone exists and what time it is there, which the edge finds out.

mod command;
mod event;
mod hours;
mod state;
#[cfg(test)]
mod tests;

pub use command::{SettingsCommand, SettingsError};
pub use event::SettingsEvent;
pub use hours::{LocalTime, Opening, Weekday, is_open};
pub use state::{NumberHours, Settings};

use uuid::Uuid;

/// The time zone of an installation that has set none.
pub const DEFAULT_TIME_ZONE: &str = "UTC";

/// The stream of the settings, the same on every installation.
pub fn settings_id() -> Uuid {
    crate::ids::derive(b"settings")
}
