//! Mutations of settings.

use application::use_cases::policy::Action;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::ids::NumberId;
use domain::settings::settings_id;

use super::Settings;
use super::hours::{Opening, openings};
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::outcome::Outcome;
use crate::graphql::write::{Answer, Call, Change, write};
use crate::problem::Problem;

/// A time zone to set.
#[derive(InputObject)]
pub(crate) struct SetTimeZoneInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// Its IANA name, e.g. `Europe/Moscow`.
    time_zone: String,
}

/// Hours to set.
#[derive(InputObject)]
pub(crate) struct SetWeeklyHoursInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The number.
    number: ID,
    /// All openings of a week; none: always.
    hours: Vec<Opening>,
}

/// A text to set.
#[derive(InputObject)]
pub(crate) struct SetOutOfHoursTextInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    client_mutation_id: Option<String>,
    /// The number.
    number: ID,
    /// What customers are told outside the hours; left out or null: nothing.
    text: Option<String>,
}

/// What came of a mutation of settings.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum SettingsMutationStatus {
    /// Done, also where it was so before.
    Done,
    /// Fields cannot be accepted, see `violations`.
    Invalid,
}

/// What a mutation of settings answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct SettingsPayload {
    /// What came of it.
    status: SettingsMutationStatus,
    /// The settings as they are now.
    settings: Settings,
    /// The rest.
    #[graphql(flatten)]
    outcome: Outcome,
}

/// Mutations of settings.
#[derive(Debug, Default)]
pub(crate) struct SettingsMutations;

#[Object]
impl SettingsMutations {
    /// Sets the time zone of the installation.
    #[graphql(guard = "Can(Action::ManageSettings)")]
    async fn set_time_zone(
        &self,
        ctx: &Context<'_>,
        input: SetTimeZoneInput,
    ) -> Result<SettingsPayload, Problem> {
        let app = app(ctx)?;
        let call = Call::new("setTimeZone", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, refusal, async |request| {
            let settings = &app.settings;
            let written = settings.set_time_zone(&request, &input.time_zone).await?;
            Ok(change(written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Sets when people answer on a number.
    #[graphql(guard = "Can(Action::ManageSettings)")]
    async fn set_weekly_hours(
        &self,
        ctx: &Context<'_>,
        input: SetWeeklyHoursInput,
    ) -> Result<SettingsPayload, Problem> {
        let (app, number) = (app(ctx)?, number_id(&input.number)?);
        let call = Call::new("setWeeklyHours", input.client_mutation_id.as_ref(), &input);
        let done = write(ctx, call, refusal, async |request| {
            let hours = openings(&input.hours)?;
            let settings = &app.settings;
            let written = settings.set_weekly_hours(&request, number, hours).await?;
            Ok(change(written.position))
        })
        .await?;
        payload(ctx, done).await
    }

    /// Sets what customers are told outside the hours.
    #[graphql(guard = "Can(Action::ManageSettings)")]
    async fn set_out_of_hours_text(
        &self,
        ctx: &Context<'_>,
        input: SetOutOfHoursTextInput,
    ) -> Result<SettingsPayload, Problem> {
        let (app, number) = (app(ctx)?, number_id(&input.number)?);
        let call = Call::new(
            "setOutOfHoursText",
            input.client_mutation_id.as_ref(),
            &input,
        );
        let done = write(ctx, call, refusal, async |request| {
            let text = input.text.clone();
            let settings = &app.settings;
            let written = settings
                .set_out_of_hours_text(&request, number, text)
                .await?;
            Ok(change(written.position))
        })
        .await?;
        payload(ctx, done).await
    }
}

fn number_id(id: &ID) -> Result<NumberId, Problem> {
    Kind::Number.parse("number", id)
}

fn change(position: u64) -> Change {
    Change {
        subject: settings_id(),
        position,
    }
}

fn refusal(code: &str) -> Option<SettingsMutationStatus> {
    (code == "validation_failed").then_some(SettingsMutationStatus::Invalid)
}

async fn payload(
    ctx: &Context<'_>,
    answer: Answer<SettingsMutationStatus>,
) -> Result<SettingsPayload, Problem> {
    Ok(SettingsPayload {
        status: answer.refusal.unwrap_or(SettingsMutationStatus::Done),
        settings: Settings(app(ctx)?.reads().settings().await?),
        outcome: answer.outcome,
    })
}
