//! Where a session stands: what its events leave of it, without what the log already keeps.
//!
//! Folding the events is in `aggregate`, deciding on commands in `decide`.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::WaitKind;
use crate::bot::BlobHash;
use crate::ids::{BotId, ContactId, ConversationId, MessageId, NumberId, SessionId};
use crate::time::Timestamp;

/// Inputs remembered, so that one that comes twice is taken once.
const REMEMBERED_INPUTS: usize = 32;

/// One run of a bot version in a conversation.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BotSession {
    pub(super) origin: Option<Origin>,
    pub(super) ended: bool,
    /// It ended by leaving the conversation to people.
    pub(super) handed_over: bool,
    /// The node that asked last.
    pub(super) asked: Option<String>,
    pub(super) turn: u32,
    pub(super) current_node: Option<String>,
    pub(super) wait: Option<Wait>,
    pub(super) waits: u32,
    /// Inputs since the present node was entered that fitted no button.
    pub(super) not_understood: u32,
    /// What the present turn said, with the node that said it.
    pub(super) composed: BTreeMap<MessageId, String>,
    pub(super) inputs: VecDeque<MessageId>,
    pub(super) last_input: Option<String>,
    pub(super) variables: BTreeMap<String, String>,
}

/// What the first event says; it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub(super) session: SessionId,
    pub(super) conversation: ConversationId,
    pub(super) contact: ContactId,
    pub(super) number: NumberId,
    pub(super) bot: BotId,
    pub(super) version: u32,
    pub(super) definition: BlobHash,
    pub(super) epoch: u64,
}

/// An open wait for the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Counts waits of the session from 1.
    pub number: u32,
    /// The node that asks.
    pub node: String,
    /// What for.
    pub kind: WaitKind,
    /// The question's message.
    pub question: MessageId,
    /// Since when.
    pub since: Timestamp,
    /// When the run expires.
    pub expires_at: Timestamp,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// Nothing was written yet.
    NotStarted,
    /// Within a turn; never between commands.
    Running,
    /// For the customer.
    Waiting,
    /// For good.
    Ended,
}

impl std::fmt::Debug for BotSession {
    /// Leaves out what the customer wrote.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("BotSession")
            .field("origin", &self.origin)
            .field("status", &self.status())
            .field("turn", &self.turn)
            .field("current_node", &self.current_node)
            .field("wait", &self.wait)
            .field("variables", &self.variables.len())
            .finish_non_exhaustive()
    }
}

impl BotSession {
    /// Where it stands.
    pub const fn status(&self) -> SessionStatus {
        match (&self.origin, self.ended, &self.wait) {
            (None, _, _) => SessionStatus::NotStarted,
            (Some(_), true, _) => SessionStatus::Ended,
            (Some(_), false, Some(_)) => SessionStatus::Waiting,
            (Some(_), false, None) => SessionStatus::Running,
        }
    }

    /// The open wait.
    pub const fn wait(&self) -> Option<&Wait> {
        self.wait.as_ref()
    }

    /// The session's own id, once started.
    pub fn session(&self) -> Option<SessionId> {
        self.origin.as_ref().map(|origin| origin.session)
    }

    /// The conversation it runs in.
    pub fn conversation(&self) -> Option<ConversationId> {
        self.origin.as_ref().map(|origin| origin.conversation)
    }

    /// The customer.
    pub fn contact(&self) -> Option<ContactId> {
        self.origin.as_ref().map(|origin| origin.contact)
    }

    /// Our number.
    pub fn number(&self) -> Option<NumberId> {
        self.origin.as_ref().map(|origin| origin.number)
    }

    /// The bot.
    pub fn bot(&self) -> Option<BotId> {
        self.origin.as_ref().map(|origin| origin.bot)
    }

    /// The bot's version, kept to the end of the run.
    pub fn version(&self) -> Option<u32> {
        self.origin.as_ref().map(|origin| origin.version)
    }

    /// The version's definition.
    pub fn definition(&self) -> Option<&BlobHash> {
        self.origin.as_ref().map(|origin| &origin.definition)
    }

    /// The handler's epoch under which it decides.
    pub fn epoch(&self) -> Option<u64> {
        self.origin.as_ref().map(|origin| origin.epoch)
    }

    /// The node it stands at.
    pub fn current_node(&self) -> Option<&str> {
        self.current_node.as_deref()
    }

    /// Turns so far.
    pub const fn turn(&self) -> u32 {
        self.turn
    }

    /// The node that asks again if a person hands back to this run: it asked last, and the run goes on or was
    /// handed over. `None` where the run asked nothing, or ended in another way.
    pub fn resumable(&self) -> Option<&str> {
        let asked = self.asked.as_deref();
        asked.filter(|_| !self.ended || self.handed_over)
    }

    /// The node that said this in the present turn.
    pub(super) fn node_of(&self, message: MessageId) -> Option<&str> {
        self.composed.get(&message).map(String::as_str)
    }

    /// Whether an input was met before, taken or refused.
    pub(super) fn has_met(&self, message: MessageId) -> bool {
        self.inputs.contains(&message)
    }

    pub(super) const fn waits(&self) -> u32 {
        self.waits
    }

    pub(super) const fn not_understood(&self) -> u32 {
        self.not_understood
    }

    pub(super) fn last_input(&self) -> Option<&str> {
        self.last_input.as_deref()
    }

    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    pub(super) fn set_variable(&mut self, name: String, value: Option<String>) {
        match value {
            Some(value) => self.variables.insert(name, value),
            None => self.variables.remove(&name),
        };
    }

    pub(super) fn remember_input(&mut self, message: MessageId) {
        if self.inputs.len() == REMEMBERED_INPUTS {
            self.inputs.pop_front();
        }
        self.inputs.push_back(message);
    }

    pub(super) fn enter_turn(&mut self, turn: u32) {
        if turn != self.turn {
            self.turn = turn;
            self.composed.clear();
        }
        self.wait = None;
    }

    /// Goes on under another epoch.
    pub(super) fn resume(&mut self, epoch: u64, node: String) {
        if let Some(origin) = &mut self.origin {
            origin.epoch = epoch;
        }
        self.ended = false;
        self.handed_over = false;
        self.not_understood = 0;
        self.wait = None;
        self.current_node = Some(node);
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
        self.wait = None;
        self.composed.clear();
    }
}
