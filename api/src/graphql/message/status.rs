//! Which way a message went, what became of it, and how its send stands.

use async_graphql::Enum;
use projections::message::{MessageStatus as ViewStatus, SendState as ViewSendState};

/// Which way a message went.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum MessageDirection {
    /// From the customer.
    Inbound,
    /// To the customer.
    Outbound,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ViewStatus")]
pub(crate) enum MessageStatus {
    /// It came from the customer.
    Received,
    /// Meta has not taken it yet, or nobody knows.
    Pending,
    /// Meta took it.
    Sent,
    /// It is on the customer's phone.
    Delivered,
    /// The customer read or played it.
    Read,
    /// It was not delivered, see `error`.
    Failed,
    /// It will not be sent, see `error`.
    Canceled,
}

/// How a send stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum SendState {
    /// Waits for its turn.
    Queued,
    /// Is leaving just now.
    Attempting,
    /// Meta took it.
    Accepted,
    /// Meta refused it.
    Rejected,
    /// The outcome cannot be known.
    Unknown,
    /// Was unknown, Meta had taken it.
    Reconciled,
    /// Will not be sent.
    Canceled,
}

impl From<ViewSendState> for SendState {
    fn from(state: ViewSendState) -> Self {
        match state {
            ViewSendState::Queued => Self::Queued,
            ViewSendState::Accepted => Self::Accepted,
            ViewSendState::Rejected => Self::Rejected,
            ViewSendState::Unknown => Self::Unknown,
            ViewSendState::Reconciled => Self::Reconciled,
            ViewSendState::Canceled => Self::Canceled,
        }
    }
}
