//! The query of activity.

use application::use_cases::policy::Action;
use async_graphql::{Context, ID, Object};
use projections::activity::DayRange;

use super::Activity;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::problem::Problem;
use crate::rest::activity::{day_error, parse_day, range_error};

/// Queries about activity.
#[derive(Debug, Default)]
pub(crate) struct ActivityQueries;

#[Object]
impl ActivityQueries {
    /// What went on from one day to another, both included and at most 400 days apart, such as 2026-11-01;
    /// of one number or bot only where given. `/api/v1/activity.csv` gives the same as CSV.
    #[graphql(
        guard = "Can(Action::ReadActivity)",
        complexity = "50 + 2 * child_complexity"
    )]
    async fn activity(
        &self,
        ctx: &Context<'_>,
        from: String,
        to: String,
        number: Option<ID>,
        bot: Option<ID>,
    ) -> Result<Activity, Problem> {
        let (from, to) = (parse_day(&from), parse_day(&to));
        let named = [("from", from), ("to", to)];
        let wrong = named.into_iter().filter(|(_, day)| day.is_none());
        let wrong: Vec<_> = wrong.map(|(name, _)| day_error(name)).collect();
        let (Some(from), Some(to)) = (from, to) else {
            return Err(Problem::invalid(wrong));
        };
        let range =
            DayRange::new(from, to).map_err(|error| Problem::invalid(vec![range_error(error)]))?;
        let number = number
            .map(|id| Kind::Number.parse("number", &id))
            .transpose()?;
        let bot = bot.map(|id| Kind::Bot.parse("bot", &id)).transpose()?;
        let counted = app(ctx)?.reads().activity(range, number, bot).await?;
        Ok(counted.into())
    }
}
