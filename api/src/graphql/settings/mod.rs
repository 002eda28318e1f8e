//! Settings of the installation: its time zone, and when people answer on each number.

mod hours;
mod mutations;
mod queries;

use async_graphql::Object;
use projections::settings::SettingsView;

pub(super) use mutations::SettingsMutations;
pub(super) use queries::SettingsQueries;

use self::hours::NumberHours;

/// Settings of the installation.
#[derive(Clone, Debug)]
pub(crate) struct Settings(pub(super) SettingsView);

#[Object]
impl Settings {
    /// The IANA name of the time zone.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// Numbers for which hours or a text were set.
    async fn numbers(&self) -> Vec<NumberHours> {
        self.0.numbers.iter().cloned().map(NumberHours).collect()
    }
}
