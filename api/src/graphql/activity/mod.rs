//! What went on, counted: the figures of `projections::activity`, which defines what each of them means.

mod counts;
mod queries;

use async_graphql::{Enum, SimpleObject};
use projections::activity as model;

pub(super) use queries::ActivityQueries;

use self::counts::{
    ButtonPresses, ConversationCount, FirstResponse, MessageCount, NodeCount, ResponseTimes,
    SessionCount,
};

/// Who a message came from.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "model::Direction", name = "ActivityDirection")]
pub(crate) enum Direction {
    /// From the customer.
    Inbound,
    /// From a bot or a person.
    Outbound,
}

/// The last that is known of a message.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "model::DeliveryStatus", name = "ActivityStatus")]
pub(crate) enum DeliveryStatus {
    /// It came in.
    Received,
    /// Decided, and nothing is known of it yet.
    Pending,
    /// Meta took it.
    Sent,
    /// It reached the customer's phone.
    Delivered,
    /// The customer read it or played it.
    Read,
    /// Meta took it and reported later that it could not be delivered.
    Failed,
    /// Meta refused it, or our own guard did when it was about to leave.
    Rejected,
    /// Whether Meta took it cannot be known.
    Unknown,
    /// It was withdrawn before it left.
    Canceled,
}

/// What happened to a conversation.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "model::ConversationChange", name = "ActivityChange")]
pub(crate) enum ConversationChange {
    /// A customer had the first contact with a number. Counted on the day of what the customer did.
    Opened,
    /// A person closed it.
    Closed,
    /// The customer wrote on a closed conversation, or a person opened it again.
    Reopened,
    /// It passed to people: a person began to be awaited, or took it from a bot or from nobody.
    HandedOver,
}

/// How a bot's run ended.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "model::Outcome", name = "ActivityOutcome")]
pub(crate) enum Outcome {
    /// It has not ended: it waits for the customer.
    Running,
    /// The scenario came to its end.
    Completed,
    /// People went on.
    HandedOver,
    /// A person closed the conversation while it ran.
    Abandoned,
    /// The customer did not answer in time.
    Expired,
    /// A guard stopped it.
    Failed,
}

/// What went on in a range of days. Rows exist for what happened only.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Activity {
    /// Version of the definitions by which it was counted; it grows when the meaning of a figure changes.
    definitions: u32,
    /// Position of the last event that is counted.
    position: String,
    /// Time zone in which days begin and end.
    time_zone: String,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// Messages by number, day, kind, direction and last status.
    messages: Vec<MessageCount>,
    /// Conversations opened, closed, reopened and handed over.
    conversations: Vec<ConversationCount>,
    /// First answers of people, by the day on which the wait began and by number.
    first_responses: Vec<FirstResponse>,
    /// First answers of people in the whole range: medians of days cannot be added up.
    first_response_total: ResponseTimes,
    /// Runs of bots by what became of them.
    sessions: Vec<SessionCount>,
    /// Nodes of scenarios: visits and drop-off.
    nodes: Vec<NodeCount>,
    /// Pressed buttons.
    presses: Vec<ButtonPresses>,
}

impl From<model::Activity> for Activity {
    fn from(counted: model::Activity) -> Self {
        Self {
            definitions: counted.definitions,
            position: counted.position.to_string(),
            time_zone: counted.time_zone,
            from: counted.from.to_string(),
            to: counted.to.to_string(),
            messages: all(counted.messages),
            conversations: all(counted.conversations),
            first_responses: all(counted.first_responses),
            first_response_total: counted.first_response_total.into(),
            sessions: all(counted.sessions),
            nodes: all(counted.nodes),
            presses: all(counted.presses),
        }
    }
}

fn all<M, T: From<M>>(rows: Vec<M>) -> Vec<T> {
    rows.into_iter().map(T::from).collect()
}
