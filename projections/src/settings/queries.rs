//! Reads the settings.

use domain::ids::NumberId;
use domain::settings::{DEFAULT_TIME_ZONE, Opening};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::reads::{Reads, id, json};
use crate::runner::ProjectionError;
use crate::statements::Statement;

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

const GET: &str = "select time_zone from settings_rows";
const HOURS: &str = "select * from number_hours order by number";

pub(crate) const STATEMENTS: &[Statement] = &[
    Statement::portable("settings get", GET),
    Statement::portable("settings hours", HOURS),
];

impl Reads {
    /// What the installation is set to; what was never set has its default.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settings(&self) -> Result<SettingsView, ProjectionError> {
        let time_zone: Option<String> = sqlx::query_scalar(GET).fetch_optional(self.pool()).await?;
        let rows = sqlx::query(HOURS).fetch_all(self.pool()).await?;
        Ok(SettingsView {
            time_zone: time_zone.unwrap_or_else(|| DEFAULT_TIME_ZONE.to_owned()),
            numbers: rows.iter().map(hours).collect::<Result<_, _>>()?,
        })
    }
}

fn hours(row: &SqliteRow) -> Result<NumberHoursView, ProjectionError> {
    Ok(NumberHoursView {
        number: id(row, "number")?,
        hours: json(row, "hours")?,
        out_of_hours_text: row.try_get("out_of_hours_text")?,
    })
}
