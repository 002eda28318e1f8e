//! When people answer on a number.

use application::use_cases::policy::Action;
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use domain::settings::{LocalTime, Opening as DomainOpening, Weekday as DomainDay};
use projections::settings::NumberHoursView;

use crate::graphql::context::loaders;
use crate::graphql::guard::Can;
use crate::graphql::loaders::NumberKey;
use crate::graphql::number::Number;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// When people answer on a number.
#[derive(Clone, Debug)]
pub(crate) struct NumberHours(pub(super) NumberHoursView);

/// A day of the week.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "DomainDay")]
pub(crate) enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// People answer on this day from one time to another, the end not included.
#[derive(Clone, Debug, InputObject, SimpleObject)]
#[graphql(input_name = "OpeningInput")]
pub(crate) struct Opening {
    /// The day.
    day: Weekday,
    /// From when, as `HH:MM`.
    from: String,
    /// Until when, as `HH:MM`, later the same day; `24:00` is its end.
    to: String,
}

#[Object]
impl NumberHours {
    /// The number.
    #[graphql(guard = "Can(Action::ReadNumbers)")]
    async fn number(&self, ctx: &Context<'_>) -> Result<Option<Number>, Problem> {
        let found = loaders(ctx)?.load(NumberKey(self.0.number)).await?;
        Ok(found.map(Number))
    }

    /// The openings of a week in order; none: always.
    async fn hours(&self) -> Vec<Opening> {
        let hours = self.0.hours.iter();
        hours
            .map(|opening| Opening {
                day: opening.day.into(),
                from: opening.from.to_string(),
                to: opening.to.to_string(),
            })
            .collect()
    }

    /// What customers are told outside them.
    async fn out_of_hours_text(&self) -> Option<&str> {
        self.0.out_of_hours_text.as_deref()
    }
}

/// The openings as the domain keeps them.
///
/// # Errors
/// A time that no clock shows.
pub(super) fn openings(hours: &[Opening]) -> Result<Vec<DomainOpening>, Problem> {
    let mut errors = Vec::new();
    let mut openings = Vec::with_capacity(hours.len());
    for (index, opening) in hours.iter().enumerate() {
        let mut time = |name: &str, text: &str| {
            let parsed = text.parse::<LocalTime>().ok();
            if parsed.is_none() {
                let message = Text::new(
                    "must be a time of day as HH:MM, from 00:00 to 24:00",
                    "должно быть временем суток ЧЧ:ММ, от 00:00 до 24:00",
                );
                let field = format!("hours[{index}].{name}");
                errors.push(FieldError::new(field, "invalid_value", message));
            }
            parsed
        };
        if let Some((from, to)) = time("from", &opening.from).zip(time("to", &opening.to)) {
            openings.push(DomainOpening {
                day: opening.day.into(),
                from,
                to,
            });
        }
    }
    if errors.is_empty() {
        Ok(openings)
    } else {
        Err(Problem::invalid(errors))
    }
}
