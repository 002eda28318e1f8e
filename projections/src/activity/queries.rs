//! Counts the facts of a range of days. One read transaction, so that all lists show the same moment.

use application::local_time::zone;
use domain::ids::{BotId, NumberId};
use infrastructure::database::db::{Connection, Dialect, Row, Statement, query, script};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::apply::TABLES;
use super::days::{Day, DayRange};
use super::model::{
    Activity, ButtonPresses, ConversationCount, DEFINITIONS_VERSION, FirstResponse, MessageCount,
    NodeCount, ResponseTimes, SessionCount,
};
use crate::reads::{Reads, id, int};
use crate::runner::ProjectionError;
use crate::statements::BUILD_LIVE;

/// `$1` are the days with their bounds; each is looked up by the time of the facts.
macro_rules! over_days {
    ($name:literal, $select:literal, $rest:expr) => {
        Statement {
            name: $name,
            sqlite: concat!(
                $select,
                " from (select value ->> 'day' as day, value ->> 'starts_at' as starts_at, \
                 value ->> 'ends_at' as ends_at from jsonb_each($1)) as days cross join ",
                $rest
            ),
            postgres: concat!(
                $select,
                " from json_to_recordset(cast($1 as json)) \
                 as days (day text, starts_at bigint, ends_at bigint) cross join ",
                $rest
            ),
        }
    };
}

/// Which facts (`f`) belong to a day, a number (`$2`) and a bot (`$3`).
macro_rules! chosen {
    () => {
        " where f.at >= days.starts_at and f.at < days.ends_at \
         and (cast($2 as text) is null or f.number = $2) \
         and (cast($3 as text) is null or f.bot = $3) "
    };
}

const MESSAGES: Statement = over_days!(
    "activity messages",
    "select days.day, f.number, f.direction, f.message_type, \
     case when f.direction = 'inbound' then 'received' \
     when d.status in ('read', 'delivered', 'failed', 'sent') then d.status \
     when f.canceled = 1 then 'canceled' else coalesce(d.status, 'pending') end as status, \
     count(*) as count",
    concat!(
        "activity_messages f left join activity_deliveries d on d.message = f.id",
        chosen!(),
        "group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"
    )
);
const CONVERSATIONS: Statement = over_days!(
    "activity conversations",
    "select days.day, f.number, f.change, f.cause, count(*) as count",
    concat!(
        "activity_changes f",
        chosen!(),
        "group by 1, 2, 3, 4 order by 1, 2, 3, 4"
    )
);
/// `$4` is 1 for the times of each number and 0 for those of all numbers together.
const WAITS: Statement = over_days!(
    "activity waits",
    "select day, number, count(*) as waits, count(micros) as answered, \
     cast(coalesce(sum(micros), 0) as bigint) as sum, \
     max(case when place = (answered + 1) / 2 then micros end) as median, \
     max(case when place = (answered * 9 + 9) / 10 then micros end) as p90 \
     from (select day, number, micros, count(micros) over (partition by day, number) as answered, \
     row_number() over (partition by day, number order by micros is null, micros) as place \
     from (select days.day, \
     case when cast($4 as bigint) = 1 then f.number else '' end as number, f.micros",
    concat!(
        "activity_waits f",
        chosen!(),
        ") as begun) as ranked group by day, number order by day, number"
    )
);
const SESSIONS: Statement = over_days!(
    "activity sessions",
    "select days.day, f.number, f.bot, f.version, f.outcome, count(*) as count",
    concat!(
        "activity_sessions f",
        chosen!(),
        "group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"
    )
);
const NODES: Statement = over_days!(
    "activity nodes",
    "select days.day, f.number, f.bot, f.version, v.node, count(*) as sessions, \
     cast(sum(v.entries) as bigint) as visits, cast(sum(v.exits) as bigint) as went_on, \
     count(case when f.node = v.node and f.outcome = 'running' then 1 end) as running, \
     count(case when f.node = v.node and f.outcome = 'completed' then 1 end) as completed, \
     count(case when f.node = v.node and f.outcome = 'handed_over' then 1 end) as handed_over, \
     count(case when f.node = v.node and f.outcome = 'abandoned' then 1 end) as abandoned, \
     count(case when f.node = v.node and f.outcome = 'expired' then 1 end) as expired, \
     count(case when f.node = v.node and f.outcome = 'failed' then 1 end) as failed",
    concat!(
        "activity_sessions f join activity_visits v on v.session = f.id",
        chosen!(),
        "group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"
    )
);
const PRESSES: Statement = over_days!(
    "activity presses",
    "select days.day, s.number, f.bot, f.version, f.node, f.button, f.title, count(*) as count",
    "activity_presses f join activity_sessions s on s.id = f.session \
     where f.at >= days.starts_at and f.at < days.ends_at \
     and (cast($2 as text) is null or s.number = $2) \
     and (cast($3 as text) is null or f.bot = $3) \
     group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7"
);

pub(crate) const STATEMENTS: &[Statement] =
    &[MESSAGES, CONVERSATIONS, WAITS, SESSIONS, NODES, PRESSES];

/// What is asked for, as the statements take it.
struct Question {
    days: String,
    number: Option<String>,
    bot: Option<String>,
}

impl Reads {
    /// What went on in a range of days, of one number or all, of one bot or everyone. The meaning of each
    /// figure stands at [`Activity`] and its rows.
    ///
    /// # Errors
    /// The database failed.
    pub async fn activity(
        &self,
        range: DayRange,
        number: Option<NumberId>,
        bot: Option<BotId>,
    ) -> Result<Activity, ProjectionError> {
        let zone = zone(&self.settings().await?.time_zone);
        self.activity_in(&zone, range, number, bot).await
    }

    /// The same in another time zone.
    pub(super) async fn activity_in(
        &self,
        zone: &TimeZone,
        range: DayRange,
        number: Option<NumberId>,
        bot: Option<BotId>,
    ) -> Result<Activity, ProjectionError> {
        let question = |days: Value| Question {
            days: days.to_string(),
            number: number.map(|number| number.to_string()),
            bot: bot.map(|bot| bot.to_string()),
        };
        let (each, whole) = (question(range.days(zone)), question(range.whole(zone)));
        let mut connection = self.pool().acquire().await?;
        let mut moment = connection.begin_read().await?;
        hold(&mut moment).await?;
        let live: Option<Row> = query(BUILD_LIVE)
            .bind("activity")
            .fetch_optional(&mut moment)
            .await?;
        let position = live.map_or(Ok(0), |row| int(&row, "position"))?;
        let total = each_row(&mut moment, &WAITS, &whole, Some(0), times).await?;
        let activity = Activity {
            definitions: DEFINITIONS_VERSION,
            position,
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            from: range.from(),
            to: range.to(),
            messages: each_row(&mut moment, &MESSAGES, &each, None, messages).await?,
            conversations: each_row(&mut moment, &CONVERSATIONS, &each, None, conversations)
                .await?,
            first_responses: each_row(&mut moment, &WAITS, &each, Some(1), first_response).await?,
            first_response_total: total.first().copied().unwrap_or_default(),
            sessions: each_row(&mut moment, &SESSIONS, &each, None, sessions).await?,
            nodes: each_row(&mut moment, &NODES, &each, None, nodes).await?,
            presses: each_row(&mut moment, &PRESSES, &each, None, presses).await?,
        };
        moment.commit().await?;
        Ok(activity)
    }
}

/// Keeps the builds from being switched before the moment is fixed by the first query. SQLite fixes its tables
/// with everything else.
async fn hold(moment: &mut Connection) -> Result<(), sqlx::Error> {
    if moment.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let views: Vec<_> = TABLES.iter().map(|table| table.name).collect();
    script(
        format!("lock table {} in access share mode", views.join(", ")),
        moment,
    )
    .await
}

async fn each_row<T>(
    connection: &mut Connection,
    statement: &Statement,
    question: &Question,
    by_number: Option<i64>,
    read: fn(&Row) -> Result<T, ProjectionError>,
) -> Result<Vec<T>, ProjectionError> {
    let mut asked = query(*statement)
        .bind(&question.days)
        .bind(&question.number)
        .bind(&question.bot);
    if let Some(by_number) = by_number {
        asked = asked.bind(by_number);
    }
    let rows: Vec<Row> = asked.fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

fn messages(row: &Row) -> Result<MessageCount, ProjectionError> {
    Ok(MessageCount {
        day: id(row, "day")?,
        number: id(row, "number")?,
        direction: id(row, "direction")?,
        message_type: row.try_get("message_type")?,
        status: id(row, "status")?,
        count: int(row, "count")?,
    })
}

fn conversations(row: &Row) -> Result<ConversationCount, ProjectionError> {
    Ok(ConversationCount {
        day: id(row, "day")?,
        number: id(row, "number")?,
        change: id(row, "change")?,
        cause: row.try_get("cause")?,
        count: int(row, "count")?,
    })
}

fn first_response(row: &Row) -> Result<FirstResponse, ProjectionError> {
    Ok(FirstResponse {
        day: id(row, "day")?,
        number: id(row, "number")?,
        times: times(row)?,
    })
}

fn times(row: &Row) -> Result<ResponseTimes, ProjectionError> {
    let ms = |column: &'static str| -> Result<Option<u64>, ProjectionError> {
        let micros: Option<i64> = row.try_get(column)?;
        Ok(micros.map(|micros| micros.unsigned_abs() / 1_000))
    };
    Ok(ResponseTimes {
        waits: int(row, "waits")?,
        answered: int(row, "answered")?,
        sum_ms: ms("sum")?.unwrap_or_default(),
        median_ms: ms("median")?,
        p90_ms: ms("p90")?,
    })
}

fn sessions(row: &Row) -> Result<SessionCount, ProjectionError> {
    Ok(SessionCount {
        day: id(row, "day")?,
        number: id(row, "number")?,
        bot: id(row, "bot")?,
        version: int(row, "version")?,
        outcome: id(row, "outcome")?,
        count: int(row, "count")?,
    })
}

fn nodes(row: &Row) -> Result<NodeCount, ProjectionError> {
    Ok(NodeCount {
        day: id(row, "day")?,
        number: id(row, "number")?,
        bot: id(row, "bot")?,
        version: int(row, "version")?,
        node: row.try_get("node")?,
        sessions: int(row, "sessions")?,
        visits: int(row, "visits")?,
        went_on: int(row, "went_on")?,
        running: int(row, "running")?,
        completed: int(row, "completed")?,
        handed_over: int(row, "handed_over")?,
        abandoned: int(row, "abandoned")?,
        expired: int(row, "expired")?,
        failed: int(row, "failed")?,
    })
}

fn presses(row: &Row) -> Result<ButtonPresses, ProjectionError> {
    Ok(ButtonPresses {
        day: id::<Day>(row, "day")?,
        number: id(row, "number")?,
        bot: id(row, "bot")?,
        version: int(row, "version")?,
        node: row.try_get("node")?,
        button: row.try_get("button")?,
        title: row.try_get("title")?,
        count: int(row, "count")?,
    })
}
