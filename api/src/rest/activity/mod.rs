//! `/api/v1/activity.csv`: what went on in a range of days, one figure a line.
//!
//! Absent on purpose: counting, and what each figure means ([`projections::activity`]).

use std::borrow::Cow;
use std::sync::Arc;

use application::use_cases::policy::Action;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use csv::{Terminator, WriterBuilder};
use domain::ids::{BotId, NumberId};
use projections::activity::{Activity, Day, DayRange, InvalidRange, MAX_DAYS, ResponseTimes};

use super::App;
use super::query::Query;
use crate::auth::Actor;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// The columns, in order. New ones come at the end.
const COLUMNS: [&str; 13] = [
    "metric",
    "day",
    "number",
    "bot",
    "bot_version",
    "node",
    "message_type",
    "direction",
    "status",
    "cause",
    "button",
    "button_title",
    "value",
];

/// What went on, as CSV.
///
/// One figure a line: `metric` names it, the columns after it say of what, `value` is a whole number. Columns
/// that do not apply are empty; lines exist for what happened only. The columns, in order: `metric`, `day`,
/// `number`, `bot`, `bot_version`, `node`, `message_type`, `direction`, `status`, `cause`, `button`,
/// `button_title`, `value`. New columns come at the end.
///
/// Metrics: `messages` (by `message_type`, `direction`, last `status`), `conversations_opened`,
/// `conversations_closed`, `conversations_reopened`, `conversations_handed_over` (by `cause`),
/// `first_response_waits`, `first_response_answered`, `first_response_sum_ms`, `first_response_median_ms`,
/// `first_response_p90_ms`, `sessions` (by `status`: running, completed, handed_over, abandoned, expired,
/// failed), `node_sessions`, `node_visits`, `node_went_on`, `node_last_visits` (visits that were the last
/// of their run, by its `status`), `node_drop_off` (expired and abandoned), `button_presses`.
///
/// Days are those of the installation's time zone. UTF-8, lines end in CRLF, quoted as in RFC 4180. A text
/// that a spreadsheet would take for a formula begins with an apostrophe. `Vestnik-Definitions` is the version
/// of the definitions; it grows when the meaning of a figure changes.
#[utoipa::path(get, path = "/api/v1/activity.csv", tag = "activity",
    params(
        ("from" = String, Query, description = "the first day, e.g. 2026-11-01"),
        ("to" = String, Query, description = "the last day, at most 400 days from the first one"),
        ("number" = Option<String>, Query, description = "only of this number (id)"),
        ("bot" = Option<String>, Query, description = "only what is of this bot (id)"),
    ),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 422)))]
pub(super) async fn csv(
    State(app): State<Arc<App>>,
    actor: Actor,
    mut query: Query,
) -> Result<Response, Problem> {
    actor.require(Action::ReadActivity)?;
    let (from, to) = (day(&mut query, "from"), day(&mut query, "to"));
    let number = query.id::<NumberId>("number");
    let bot = query.id::<BotId>("bot");
    let range = from.zip(to).map(|(from, to)| DayRange::new(from, to));
    if let Some(Err(error)) = range {
        query.fault(range_error(error));
    }
    query.finish()?;
    let Some(Ok(range)) = range else {
        return Err(Problem::new("validation_failed"));
    };
    let activity = app.reads().activity(range, number, bot).await?;
    let file = format!("activity_{}_{}.csv", range.from(), range.to());
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{file}\""))
        .map_err(|error| Problem::internal(&error))?;
    let body = write(&activity).map_err(|error| Problem::internal(&error))?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
        (DEFINITIONS, HeaderValue::from(activity.definitions)),
    ];
    Ok((headers, body).into_response())
}

const DEFINITIONS: HeaderName = HeaderName::from_static("vestnik-definitions");

fn day(query: &mut Query, name: &str) -> Option<Day> {
    let day = query
        .get(name)
        .filter(|text| text.len() == "2026-11-01".len())
        .and_then(|text| text.parse().ok());
    if day.is_none() {
        query.fault(FieldError::new(
            name,
            "invalid_date",
            Text::new(
                "must be a day such as 2026-11-01",
                "должно быть датой, например 2026-11-01",
            ),
        ));
    }
    day
}

fn range_error(error: InvalidRange) -> FieldError {
    match error {
        InvalidRange::Reversed => FieldError::new(
            "to",
            "range_reversed",
            Text::new(
                "is before `from`: exchange the two",
                "раньше `from`: поменяйте их местами",
            ),
        ),
        InvalidRange::TooLong { days } => FieldError::new(
            "to",
            "range_too_long",
            Text::made(
                format!("ends a range of {days} days, at most {MAX_DAYS} are allowed: ask in parts"),
                format!(
                    "завершает период из {days} дн., допустимо не более {MAX_DAYS}: запросите по частям"
                ),
            ),
        )
        .with_limit(u64::from(MAX_DAYS), u64::from(days)),
    }
}

/// One line. What is left empty does not apply.
#[derive(Clone, Default)]
struct Line<'a> {
    day: String,
    number: String,
    bot: String,
    version: String,
    node: &'a str,
    message_type: &'a str,
    direction: &'a str,
    status: &'a str,
    cause: &'a str,
    button: &'a str,
    title: &'a str,
}

/// A writer of lines.
struct Table(csv::Writer<Vec<u8>>);

impl Table {
    fn line(&mut self, metric: &str, line: &Line<'_>, value: u64) -> Result<(), csv::Error> {
        let value = value.to_string();
        self.0.write_record(
            [
                metric,
                &line.day,
                &line.number,
                &line.bot,
                &line.version,
                line.node,
                line.message_type,
                line.direction,
                line.status,
                line.cause,
                line.button,
                line.title,
                &value,
            ]
            .map(|cell| harmless(cell).into_owned()),
        )
    }

    fn times(&mut self, line: &Line<'_>, times: ResponseTimes) -> Result<(), csv::Error> {
        self.line("first_response_waits", line, times.waits)?;
        self.line("first_response_answered", line, times.answered)?;
        self.line("first_response_sum_ms", line, times.sum_ms)?;
        if let Some(median) = times.median_ms {
            self.line("first_response_median_ms", line, median)?;
        }
        if let Some(p90) = times.p90_ms {
            self.line("first_response_p90_ms", line, p90)?;
        }
        Ok(())
    }
}

/// Spreadsheets run cells that begin like this, and titles of buttons are whatever somebody wrote.
fn harmless(cell: &str) -> Cow<'_, str> {
    let is_formula = |first: char| "=+-@\t\r\n＝＋－＠".contains(first);
    if cell.starts_with(is_formula) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

fn write(activity: &Activity) -> Result<Vec<u8>, csv::Error> {
    let writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    let mut table = Table(writer);
    table.0.write_record(COLUMNS)?;
    of_people(&mut table, activity)?;
    of_bots(&mut table, activity)?;
    table
        .0
        .into_inner()
        .map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
}

fn of_people(table: &mut Table, activity: &Activity) -> Result<(), csv::Error> {
    for row in &activity.messages {
        let line = Line {
            day: row.day.to_string(),
            number: row.number.to_string(),
            message_type: &row.message_type,
            direction: row.direction.as_str(),
            status: row.status.as_str(),
            ..Line::default()
        };
        table.line("messages", &line, row.count)?;
    }
    for row in &activity.conversations {
        let line = Line {
            day: row.day.to_string(),
            number: row.number.to_string(),
            cause: row.cause.as_deref().unwrap_or(""),
            ..Line::default()
        };
        let metric = format!("conversations_{}", row.change.as_str());
        table.line(&metric, &line, row.count)?;
    }
    for row in &activity.first_responses {
        let line = Line {
            day: row.day.to_string(),
            number: row.number.to_string(),
            ..Line::default()
        };
        table.times(&line, row.times)?;
    }
    Ok(())
}

fn of_bots(table: &mut Table, activity: &Activity) -> Result<(), csv::Error> {
    let of_bot = |day: Day, number: NumberId, bot: BotId, version: u32| Line {
        day: day.to_string(),
        number: number.to_string(),
        bot: bot.to_string(),
        version: version.to_string(),
        ..Line::default()
    };
    for row in &activity.sessions {
        let mut line = of_bot(row.day, row.number, row.bot, row.version);
        line.status = row.outcome.as_str();
        table.line("sessions", &line, row.count)?;
    }
    for row in &activity.nodes {
        let mut line = of_bot(row.day, row.number, row.bot, row.version);
        line.node = &row.node;
        table.line("node_sessions", &line, row.sessions)?;
        table.line("node_visits", &line, row.visits)?;
        table.line("node_went_on", &line, row.went_on)?;
        for (outcome, count) in row.ends() {
            let line = Line {
                status: outcome.as_str(),
                ..line.clone()
            };
            if count > 0 {
                table.line("node_last_visits", &line, count)?;
            }
        }
        table.line("node_drop_off", &line, row.drop_off())?;
    }
    for row in &activity.presses {
        let mut line = of_bot(row.day, row.number, row.bot, row.version);
        line.node = &row.node;
        line.button = &row.button;
        line.title = &row.title;
        table.line("button_presses", &line, row.count)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
