//! The outbox: one row a message to be sent, inserted with its `MessageQueued` event.
//!
//! `queued -> attempting -> accepted | rejected | unknown -> reconciled`, or `canceled`. `attempting` is
//! durable before the first byte leaves. Rows hold no content.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::bot_session::AskedAt;
use domain::ids::{ContactId, ConversationId, MessageId, NumberId, SessionId};
use domain::time::Timestamp;

use super::StoreError;
use super::leases::Fence;

/// Seconds for which rows are kept at least.
pub const RETENTION_SECONDS: i64 = 30 * 24 * 3600;

/// Seconds for which the rest of a turn waits at most after a rejection, until the manager has decided.
pub const TURN_HOLD_SECONDS: i64 = 60;

/// State of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutboxState {
    /// Waits for its turn.
    Queued,
    /// An attempt is under way.
    Attempting,
    /// Meta took it.
    Accepted,
    /// Definitely refused.
    Rejected,
    /// The outcome cannot be known.
    Unknown,
    /// Was unknown, Meta had taken it.
    Reconciled,
    /// Will not be sent.
    Canceled,
}

impl OutboxState {
    /// The name in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Attempting => "attempting",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Reconciled => "reconciled",
            Self::Canceled => "canceled",
        }
    }

    /// Parses [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "queued" => Self::Queued,
            "attempting" => Self::Attempting,
            "accepted" => Self::Accepted,
            "rejected" => Self::Rejected,
            "unknown" => Self::Unknown,
            "reconciled" => Self::Reconciled,
            "canceled" => Self::Canceled,
            _ => return None,
        })
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Meta took it.
    Accepted,
    /// Definitely refused.
    Rejected,
    /// The outcome cannot be known.
    Unknown,
    /// Was unknown, Meta had taken it.
    Reconciled,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// The message and send id.
    pub message: MessageId,
    /// The number it leaves from.
    pub number: NumberId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The customer.
    pub contact: ContactId,
    /// Position of its `MessageQueued` event: the order within the conversation.
    pub position: u64,
    /// The handler's epoch.
    pub epoch: u64,
    /// The bot's session and turn; `None` for a person's message.
    pub turn: Option<(SessionId, u32)>,
    /// State.
    pub state: OutboxState,
    /// Attempts begun.
    pub attempt: u32,
    /// When the present attempt must have ended.
    pub deadline: Option<Timestamp>,
    /// Not before this time (throttled, or nothing was written).
    pub not_before: Option<Timestamp>,
}

/// A claim that won: the attempt is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The message.
    pub message: MessageId,
    /// The attempt that begins.
    pub attempt: u32,
    /// Database time of its beginning.
    pub started_at: Timestamp,
    /// When it must have ended.
    pub deadline: Timestamp,
}

/// Nothing leaves since a restore, until a person says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// When the installation was restored.
    pub since: Timestamp,
    /// The log's last position then. What was unsettled up to here may have been sent by the installation
    /// that is gone.
    pub through: u64,
}

/// What became of a thaw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thawed {
    /// Messages leave again.
    Done,
    /// They did before.
    NotFrozen,
    /// So many rows of before the restore are not declared unknown yet: nothing was changed.
    Unsettled(u64),
}

/// The outbox.
#[async_trait]
pub trait Outbox: Send + Sync + std::fmt::Debug {
    /// Unsettled rows (queued, attempting) after a position, in position order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn unsettled(
        &self,
        after_position: u64,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError>;

    /// The same of some numbers only.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn unsettled_of(
        &self,
        numbers: &[NumberId],
        after_position: u64,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError>;

    /// Waits until rows may have been queued after `position`.
    async fn wait_for_rows(&self, after_position: u64);

    /// Begins attempts: `queued -> attempting` with a deadline `timeout_seconds` from now. Rows in any
    /// other state are left out of the answer. Durable when it returns.
    ///
    /// # Errors
    /// [`StoreError`]; `LeaseLost`: another node sends for this number now.
    async fn claim(
        &self,
        messages: Vec<MessageId>,
        timeout_seconds: u32,
        fence: Option<Fence>,
    ) -> Result<Vec<Claimed>, StoreError>;

    /// Whether nothing may leave. While it is so, [`Self::claim`] begins no attempt.
    fn frozen(&self) -> Option<Freeze>;

    /// Lets messages leave again; `by` is kept with the restore's row. Durable when it returns.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn thaw(&self, by: &str) -> Result<Thawed, StoreError>;

    /// How many rows are not settled.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn waiting(&self) -> Result<u64, StoreError>;

    /// Age in seconds of the oldest message that may leave and has not, 0 if there is none. One that waits for a
    /// person (its number is off or refused, the outbox is frozen) or for its time does not count.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn oldest_due_seconds(&self) -> Result<u64, StoreError>;

    /// Ends an attempt that certainly had no effect: back to `queued`, not before a time. Whoever does not know
    /// that the attempt is its own does it under the number's lease: another node may have begun it.
    ///
    /// # Errors
    /// [`StoreError`]; `LeaseLost`: nothing was changed.
    async fn release(
        &self,
        message: MessageId,
        attempt: u32,
        not_before: Timestamp,
        fence: Option<Fence>,
    ) -> Result<(), StoreError>;

    /// A row by message.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find(&self, message: MessageId) -> Result<Option<OutboxRow>, StoreError>;

    /// What is known of a question asked `since` this time: whether and when its attempt began. Without a
    /// row it is not queued yet, unless it is so old ([`RETENTION_SECONDS`]) that the row may be gone.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn asked_at(&self, question: MessageId, since: Timestamp) -> Result<AskedAt, StoreError>;

    /// Unsettled rows of a conversation in order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn of_conversation(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<OutboxRow>, StoreError>;

    /// States by message, for rows that exist.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn states(
        &self,
        messages: &[MessageId],
    ) -> Result<HashMap<MessageId, OutboxState>, StoreError>;
}
