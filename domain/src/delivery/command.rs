//! What can be told to a delivery.

use serde_json::Value;

use super::{FailureCode, UnknownCause};
use crate::ids::{ContactId, ConversationId, MessageId};
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Whose delivery it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryHead {
    /// The message, also the stream's id.
    pub message: MessageId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The customer.
    pub contact: ContactId,
}

/// Commands of one delivery. All are idempotent: what is known already gives no event.
#[derive(Clone, Debug, PartialEq)]
pub enum DeliveryCommand {
    /// Meta took it. After `Unknown`: `Reconciled` by late answer.
    Accept {
        /// Whose.
        head: DeliveryHead,
        /// Server time.
        now: Timestamp,
        /// Meta's message id.
        wamid: String,
        /// What Meta added.
        message_status: Option<String>,
    },
    /// Definitely refused. Ignored once accepted or reconciled.
    Reject {
        /// Whose.
        head: DeliveryHead,
        /// Server time.
        now: Timestamp,
        /// Our code.
        code: FailureCode,
        /// Meta's code.
        meta_code: Option<i64>,
        /// Title.
        title: String,
        /// Details.
        detail: Option<String>,
    },
    /// The outcome cannot be known. Ignored once any outcome or status is known.
    DeclareUnknown {
        /// Whose.
        head: DeliveryHead,
        /// Server time.
        now: Timestamp,
        /// How.
        cause: UnknownCause,
    },
    /// A status webhook. First evidence of acceptance: also `Accepted` (or `Reconciled` after `Unknown`).
    /// A `failed` status also proves that Meta had taken the message.
    Report(StatusReport),
}

/// A status webhook.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusReport {
    /// Whose.
    pub head: DeliveryHead,
    /// Server time.
    pub now: Timestamp,
    /// Which status.
    pub status: StatusKind,
    /// Meta's message id.
    pub wamid: String,
    /// When the webhook reached us.
    pub received_at: Timestamp,
    /// Meta's timestamp.
    pub provider_at: Timestamp,
    /// `pricing`, verbatim.
    pub pricing: Option<Value>,
    /// For `failed`: our code, Meta's code, title, details.
    pub failure: Option<(FailureCode, Option<i64>, String, Option<String>)>,
}

/// Statuses that mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are Meta's and say it all")]
pub enum StatusKind {
    Sent,
    Delivered,
    Read,
    Played,
    Failed,
}

/// No command of a delivery is refused by a rule; the type exists for the seam.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {}

impl Refusal for DeliveryError {
    fn code(&self) -> &'static str {
        match *self {}
    }
}
