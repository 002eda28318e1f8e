//! Settings of the installation: its time zone, and when each number answers.

use std::sync::Arc;

use domain::ids::NumberId;
use domain::settings::{Opening, Settings as State, SettingsCommand, settings_id};

use super::{Request, UseCaseError, Written};
use crate::execute::Executor;
use crate::local_time::time_zone_name;
use crate::ports::clock::Clock;
use crate::ports::directory::Directory;

/// Uses of the settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Runs the commands.
    pub executor: Arc<Executor>,
    /// Which numbers there are.
    pub directory: Arc<dyn Directory>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// Sets the time zone by its IANA name.
    ///
    /// # Errors
    /// Rejected: `time_zone`. Unavailable.
    pub async fn set_time_zone(
        &self,
        request: &Request,
        name: &str,
    ) -> Result<Written<()>, UseCaseError> {
        let time_zone = time_zone_name(name).ok_or_else(|| {
            UseCaseError::field(
                "time_zone",
                "unknown_time_zone",
                "must be the IANA name of a time zone, such as Europe/Moscow or UTC",
            )
        })?;
        let command = SettingsCommand::SetTimeZone {
            now: self.clock.now(),
            time_zone,
        };
        self.execute(request, "time_zone", command).await
    }

    /// Sets when people answer on a number; no openings: always.
    ///
    /// # Errors
    /// Rejected: `hours`, `hours[i]`, `hours[i].to`. Not found: the number. Unavailable.
    pub async fn set_weekly_hours(
        &self,
        request: &Request,
        number: NumberId,
        hours: Vec<Opening>,
    ) -> Result<Written<()>, UseCaseError> {
        self.check_number(number)?;
        let command = SettingsCommand::SetWeeklyHours {
            now: self.clock.now(),
            number,
            hours,
        };
        self.execute(request, "weekly_hours", command).await
    }

    /// Sets what customers are told outside these hours; nothing: they are told nothing.
    ///
    /// # Errors
    /// Rejected: `text`. Not found: the number. Unavailable.
    pub async fn set_out_of_hours_text(
        &self,
        request: &Request,
        number: NumberId,
        text: Option<String>,
    ) -> Result<Written<()>, UseCaseError> {
        self.check_number(number)?;
        let command = SettingsCommand::SetOutOfHoursText {
            now: self.clock.now(),
            number,
            text,
        };
        self.execute(request, "out_of_hours_text", command).await
    }

    fn check_number(&self, number: NumberId) -> Result<(), UseCaseError> {
        let known = self.directory.number(number);
        if known.is_some_and(|number| !number.row.is_removed) {
            return Ok(());
        }
        Err(UseCaseError::NotFound)
    }

    async fn execute(
        &self,
        request: &Request,
        step: &str,
        command: SettingsCommand,
    ) -> Result<Written<()>, UseCaseError> {
        let done = self
            .executor
            .execute::<State>(settings_id(), request.intent(step), command, |_, _| {
                Vec::new()
            })
            .await?;
        Ok(Written {
            value: (),
            position: done.position,
        })
    }
}
