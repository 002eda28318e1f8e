//! The rows of activity, one type a figure.

use async_graphql::{ID, SimpleObject};
use projections::activity as model;

use super::{ConversationChange, DeliveryStatus, Direction, Outcome};
use crate::graphql::id::Kind;

/// Messages of a number on a day: of customers by Meta's time, ours by the time they were queued. A message
/// is counted once, under the last status known of it. Reactions, edits, deletions and notices are none.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct MessageCount {
    /// The day.
    day: String,
    /// Our number.
    number: ID,
    /// Who the messages came from.
    direction: Direction,
    /// Their kind: `text`, `image`, `interactive`, ...
    message_type: String,
    /// The last that is known of them.
    status: DeliveryStatus,
    /// How many.
    count: u64,
}

impl From<model::MessageCount> for MessageCount {
    fn from(row: model::MessageCount) -> Self {
        Self {
            day: row.day.to_string(),
            number: Kind::Number.id(row.number),
            direction: row.direction.into(),
            message_type: row.message_type,
            status: row.status.into(),
            count: row.count,
        }
    }
}

/// Changes of conversations of a number on a day. With a bot: the hand-overs of those it handled last.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ConversationCount {
    /// The day.
    day: String,
    /// Our number.
    number: ID,
    /// What happened.
    change: ConversationChange,
    /// Why, for a hand-over: `handed_over`, `send_failed`, `not_understood`, `bot_failed`, `taken_over`.
    cause: Option<String>,
    /// How many.
    count: u64,
}

impl From<model::ConversationCount> for ConversationCount {
    fn from(row: model::ConversationCount) -> Self {
        Self {
            day: row.day.to_string(),
            number: Kind::Number.id(row.number),
            change: row.change.into(),
            cause: row.cause,
            count: row.count,
        }
    }
}

/// How long customers waited for a person, by the day on which the wait began.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct FirstResponse {
    /// The day on which the waits began.
    day: String,
    /// Our number.
    number: ID,
    /// The times.
    times: ResponseTimes,
}

impl From<model::FirstResponse> for FirstResponse {
    fn from(row: model::FirstResponse) -> Self {
        Self {
            day: row.day.to_string(),
            number: Kind::Number.id(row.number),
            times: row.times.into(),
        }
    }
}

/// Times from a hand-over (not from the first message to the bot) to the first message of a person. A wait
/// that ends by closing or handing back stays unanswered. All hours count, also those at night.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct ResponseTimes {
    /// Waits that began.
    waits: u64,
    /// Those that a person answered; the times below are of these.
    answered: u64,
    /// All times together, in milliseconds.
    sum_ms: u64,
    /// Half of the answers took at most this long (nearest rank), in milliseconds.
    median_ms: Option<u64>,
    /// Nine of ten answers took at most this long (nearest rank), in milliseconds.
    p90_ms: Option<u64>,
}

impl From<model::ResponseTimes> for ResponseTimes {
    fn from(times: model::ResponseTimes) -> Self {
        Self {
            waits: times.waits,
            answered: times.answered,
            sum_ms: times.sum_ms,
            median_ms: times.median_ms,
            p90_ms: times.p90_ms,
        }
    }
}

/// Runs of a bot that started on a day, by what became of them.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct SessionCount {
    /// The day on which they started.
    day: String,
    /// Our number.
    number: ID,
    /// The bot.
    bot: ID,
    /// Its version.
    version: u32,
    /// What became of them.
    outcome: Outcome,
    /// How many.
    count: u64,
}

impl From<model::SessionCount> for SessionCount {
    fn from(row: model::SessionCount) -> Self {
        Self {
            day: row.day.to_string(),
            number: Kind::Number.id(row.number),
            bot: Kind::Bot.id(row.bot),
            version: row.version,
            outcome: row.outcome.into(),
            count: row.count,
        }
    }
}

/// A node in the runs that started on a day: every visit either went on, or was the last of its run.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct NodeCount {
    /// The day on which the runs started.
    day: String,
    /// Our number.
    number: ID,
    /// The bot.
    bot: ID,
    /// Its version.
    version: u32,
    /// The node.
    node: String,
    /// Runs that entered it at least once.
    sessions: u64,
    /// How often it was entered.
    visits: u64,
    /// Visits after which the run went on to a node.
    went_on: u64,
    /// Runs that wait here now.
    running: u64,
    /// Runs that completed here.
    completed: u64,
    /// Runs that people took from here.
    handed_over: u64,
    /// Runs that were here when a person closed the conversation.
    abandoned: u64,
    /// Runs whose customer did not answer here in time.
    expired: u64,
    /// Runs that a guard stopped here.
    failed: u64,
    /// Runs that ended here because the customer did not go on: expired or abandoned.
    drop_off: u64,
}

impl From<model::NodeCount> for NodeCount {
    fn from(row: model::NodeCount) -> Self {
        Self {
            day: row.day.to_string(),
            number: Kind::Number.id(row.number),
            bot: Kind::Bot.id(row.bot),
            version: row.version,
            drop_off: row.drop_off(),
            node: row.node,
            sessions: row.sessions,
            visits: row.visits,
            went_on: row.went_on,
            running: row.running,
            completed: row.completed,
            handed_over: row.handed_over,
            abandoned: row.abandoned,
            expired: row.expired,
            failed: row.failed,
        }
    }
}

/// Presses of a button of a bot on a day. A title that was typed counts; a message counts once.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ButtonPresses {
    /// The day on which the customer pressed.
    day: String,
    /// Our number.
    number: ID,
    /// The bot.
    bot: ID,
    /// Its version.
    version: u32,
    /// The node that shows the button.
    node: String,
    /// The button's id.
    button: String,
    /// The button's title.
    title: String,
    /// How often.
    count: u64,
}

impl From<model::ButtonPresses> for ButtonPresses {
    fn from(row: model::ButtonPresses) -> Self {
        Self {
            day: row.day.to_string(),
            number: Kind::Number.id(row.number),
            bot: Kind::Bot.id(row.bot),
            version: row.version,
            node: row.node,
            button: row.button,
            title: row.title,
            count: row.count,
        }
    }
}
