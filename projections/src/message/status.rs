//! What people see of an outbound message, from the facts of its delivery. Follows the delivery's lattice:
//! played, read, delivered, failed, sent, in this order; evidence that Meta took it beats a refusal.

use domain::time::Timestamp;
use infrastructure::database::db::Row;

use crate::reads::opt_time;
use crate::runner::ProjectionError;

/// `status` of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum MessageStatus {
    Received,
    Pending,
    Sent,
    Delivered,
    Read,
    Failed,
    Canceled,
}

impl MessageStatus {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

/// `send_state` of the API, as far as events tell: `attempting` is known to the outbox only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum SendState {
    Queued,
    Accepted,
    Rejected,
    Unknown,
    Reconciled,
    Canceled,
}

impl SendState {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Reconciled => "reconciled",
            Self::Canceled => "canceled",
        }
    }
}

/// Why a message was not delivered.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageError {
    /// Our code; for a canceled message the reason.
    pub code: String,
    /// Meta's code.
    pub meta_code: Option<i64>,
    /// What Meta said.
    pub title: Option<String>,
    /// What Meta said in detail.
    pub detail: Option<String>,
}

impl std::fmt::Debug for MessageError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("MessageError")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// The facts from which status, send state and error follow.
#[derive(Debug, Default)]
pub(crate) struct DeliveryFacts {
    pub(super) outcome: Option<String>,
    pub(super) cancel_reason: Option<String>,
    pub(super) taken_at: Option<Timestamp>,
    pub(super) rejected_at: Option<Timestamp>,
    pub(super) sent_at: Option<Timestamp>,
    pub(super) delivered_at: Option<Timestamp>,
    pub(super) read_at: Option<Timestamp>,
    pub(super) played_at: Option<Timestamp>,
    pub(super) failed_at: Option<Timestamp>,
}

impl DeliveryFacts {
    /// Reads the columns of a joined row.
    pub(crate) fn read(row: &Row) -> Result<Self, ProjectionError> {
        Ok(Self {
            outcome: row.try_get("outcome")?,
            cancel_reason: row.try_get("cancel_reason")?,
            taken_at: opt_time(row, "taken_at")?,
            rejected_at: opt_time(row, "rejected_at")?,
            sent_at: opt_time(row, "sent_at")?,
            delivered_at: opt_time(row, "delivered_at")?,
            read_at: opt_time(row, "read_at")?,
            played_at: opt_time(row, "played_at")?,
            failed_at: opt_time(row, "failed_at")?,
        })
    }

    /// What people see.
    pub(crate) fn status(&self, is_inbound: bool) -> MessageStatus {
        if is_inbound {
            return MessageStatus::Received;
        }
        if self.played_at.or(self.read_at).is_some() {
            MessageStatus::Read
        } else if self.delivered_at.is_some() {
            MessageStatus::Delivered
        } else if self.failed_at.is_some() {
            MessageStatus::Failed
        } else if self.is_taken() {
            MessageStatus::Sent
        } else if self.cancel_reason.is_some() {
            MessageStatus::Canceled
        } else if self.rejected_at.is_some() {
            MessageStatus::Failed
        } else {
            MessageStatus::Pending
        }
    }

    /// How the send stands.
    pub(super) fn send_state(&self) -> SendState {
        match self.outcome.as_deref() {
            Some("accepted") => SendState::Accepted,
            Some("reconciled") => SendState::Reconciled,
            Some("rejected") => SendState::Rejected,
            _ if self.cancel_reason.is_some() => SendState::Canceled,
            Some("unknown") => SendState::Unknown,
            _ => SendState::Queued,
        }
    }

    fn is_taken(&self) -> bool {
        matches!(self.outcome.as_deref(), Some("accepted" | "reconciled")) || self.sent_at.is_some()
    }

    /// When Meta took it or said that it was sent.
    pub(super) fn shown_sent_at(&self) -> Option<Timestamp> {
        self.sent_at.or(self.taken_at)
    }

    /// When it was delivered: a message that was read had been delivered.
    pub(super) fn shown_delivered_at(&self) -> Option<Timestamp> {
        self.delivered_at.or_else(|| self.shown_read_at())
    }

    /// When it was read: a voice note that was played had been read.
    pub(super) fn shown_read_at(&self) -> Option<Timestamp> {
        self.read_at.or(self.played_at)
    }

    /// When it failed, if people see it as failed.
    pub(super) fn shown_failed_at(&self) -> Option<Timestamp> {
        match self.status(false) {
            MessageStatus::Failed => self.failed_at.or(self.rejected_at),
            _ => None,
        }
    }
}
