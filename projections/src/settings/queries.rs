//! Reads the settings.

use domain::ids::NumberId;
use domain::settings::{DEFAULT_TIME_ZONE, Opening};
use infrastructure::database::db::{Row, Statement, query};

use crate::reads::{Reads, id, json};
use crate::runner::ProjectionError;

/// The settings as people see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsView {
    /// The IANA name of the time zone.
    pub time_zone: String,
    /// Numbers for which hours or a text were set.
    pub numbers: Vec<NumberHoursView>,
}

/// When people answer on a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberHoursView {
    /// The number.
    pub number: NumberId,
    /// The openings of a week in order; none: always.
    pub hours: Vec<Opening>,
    /// What customers are told outside them.
    pub out_of_hours_text: Option<String>,
}

const GET: Statement = Statement::portable("settings get", "select time_zone from settings_rows");
const HOURS: Statement = Statement::portable(
    "settings hours",
    "select * from number_hours order by number",
);

pub(crate) const STATEMENTS: &[Statement] = &[GET, HOURS];

impl Reads {
    /// What the installation is set to; what was never set has its default.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settings(&self) -> Result<SettingsView, ProjectionError> {
        let time_zone: Option<String> = query(GET).fetch_optional(self.pool()).await?;
        let rows = query(HOURS).fetch_all(self.pool()).await?;
        Ok(SettingsView {
            time_zone: time_zone.unwrap_or_else(|| DEFAULT_TIME_ZONE.to_owned()),
            numbers: rows.iter().map(hours).collect::<Result<_, _>>()?,
        })
    }
}

fn hours(row: &Row) -> Result<NumberHoursView, ProjectionError> {
    Ok(NumberHoursView {
        number: id(row, "number")?,
        hours: json(row, "hours")?,
        out_of_hours_text: row.try_get("out_of_hours_text")?,
    })
}
