//! What the manager remembers of a conversation: who handles it and which session runs. Ids only.

use domain::conversation::Handler;
use domain::ids::{BotId, SessionId};
use serde::{Deserialize, Serialize};

/// State of one instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerState {
    /// Who handles the conversation.
    #[serde(default)]
    pub handler: Handler,
    /// The handler's epoch.
    #[serde(default)]
    pub epoch: u64,
    /// People are awaited: no bot starts.
    #[serde(default)]
    pub awaiting_people: bool,
    /// The run that is starting, running or waiting.
    #[serde(default)]
    pub session: Option<ActiveSession>,
    /// The run that ended last: what it said may still fail.
    #[serde(default)]
    pub ended: Option<SessionId>,
}

/// A session that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveSession {
    /// The run.
    pub session: SessionId,
    /// The bot; unknown until the start was carried out.
    pub bot: Option<BotId>,
}

impl ManagerState {
    /// Whether this run is the active one.
    pub fn is_active(&self, session: SessionId) -> bool {
        self.session.is_some_and(|active| active.session == session)
    }
}
