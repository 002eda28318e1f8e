//! What the conversation process manager keeps: states, stored commands, timers, checkpoint.

use async_trait::async_trait;
use domain::ids::{CommandId, ConversationId, SessionId};
use domain::time::Timestamp;

use super::StoreError;
use super::leases::Fence;

/// A manager instance as stored: state is the manager's own JSON, without personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceRow {
    /// The conversation.
    pub conversation: ConversationId,
    /// Position of the last event it took.
    pub position: u64,
    /// JSON of the state.
    pub state: String,
}

/// A decision that is still to be carried out. Holds ids only; content is read from the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCommand {
    /// v5 of cause and step: makes carrying out idempotent.
    pub id: CommandId,
    /// The conversation; commands of one are carried out in order.
    pub conversation: ConversationId,
    /// Order within the conversation.
    pub ordinal: i64,
    /// JSON of the decision.
    pub decision: String,
    /// Tries that failed.
    pub attempts: u32,
    /// Under which lease it is carried out; not stored.
    pub fence: Option<Fence>,
}

/// A timer of a session's wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerRow {
    /// The session.
    pub session: SessionId,
    /// The wait; a later wait replaces the timer.
    pub wait: u32,
    /// The conversation.
    pub conversation: ConversationId,
    /// When it is due, database clock.
    pub due_at: Timestamp,
}

/// A move of a shard's checkpoint: compare and set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The shard.
    pub shard: u8,
    /// Where it is; equal to `to` for inputs not from the log.
    pub from: u64,
    /// Where it is afterwards.
    pub to: u64,
    /// Under which lease.
    pub fence: Option<Fence>,
}

/// One step of the manager: all of it in one transaction, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Advance {
    /// Each shard that the step concerns, once.
    pub moves: Vec<Move>,
    /// States as they are now.
    pub instances: Vec<InstanceRow>,
    /// Decisions to carry out; ordinals are given by the store in this order.
    pub commands: Vec<StoredCommand>,
    /// Timers to set.
    pub set_timers: Vec<TimerRow>,
    /// Sessions whose timers are dropped.
    pub drop_timers: Vec<SessionId>,
    /// Stored commands that are done (refused ones become inputs).
    pub finished: Vec<CommandId>,
}

/// The manager's store.
#[async_trait]
pub trait ProcessStore: Send + Sync + std::fmt::Debug {
    /// Parts into which the manager's work is divided; a conversation is in shard `lane % shards`.
    fn shards(&self) -> u8;

    /// Positions up to which shards have taken the log, in the order asked. A new installation starts at 0.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn checkpoints(&self, shards: &[u8]) -> Result<Vec<u64>, StoreError>;

    /// Instances by conversation; missing ones are new.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn instances(
        &self,
        conversations: &[ConversationId],
    ) -> Result<Vec<InstanceRow>, StoreError>;

    /// Applies one step. `false`: a checkpoint was not `from`, or a lease has changed hands (another owner);
    /// nothing was written.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn advance(&self, step: Advance) -> Result<bool, StoreError>;

    /// Stored commands in order, for recovery.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn pending(
        &self,
        after_ordinal: i64,
        limit: usize,
    ) -> Result<Vec<StoredCommand>, StoreError>;

    /// Counts a failed try of a stored command; returns how many there were.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn command_failed(
        &self,
        id: CommandId,
        error: &str,
        fence: Option<Fence>,
    ) -> Result<u32, StoreError>;

    /// Marks a stored command as done without a commit (nothing to do).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn command_done(&self, id: CommandId, fence: Option<Fence>) -> Result<(), StoreError>;

    /// Timers of these shards due by the database's clock.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn due_timers(&self, shards: &[u8], limit: usize) -> Result<Vec<TimerRow>, StoreError>;
}
