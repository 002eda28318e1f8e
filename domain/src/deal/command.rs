//! What can be asked of a deal.

use super::DealFields;
use crate::ids::{BotId, ContactId, ConversationId, SessionId};
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Commands of one deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DealCommand {
    /// Opens it in stage `new`; already open: no event.
    Create {
        /// Server time.
        now: Timestamp,
        /// For whom.
        contact: ContactId,
        /// Where.
        conversation: ConversationId,
        /// By which bot.
        bot: BotId,
        /// In which run.
        session: SessionId,
        /// What it is about; an empty title becomes `-`.
        fields: DealFields,
    },
}

/// No command of a deal is refused yet; the type exists for the seam.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DealError {}

impl Refusal for DealError {
    fn code(&self) -> &'static str {
        match *self {}
    }
}
