//! What people do beside writing: assign, note, mark as read, hand back.

use std::collections::VecDeque;

use super::command::NOTE_LIMIT;
use super::decide::{Decision, handler_changed};
use super::event::Note;
use super::{ChangeCause, Conversation, ConversationEvent, Handler, Person};
use crate::field::FieldError;
use crate::ids::{BotId, MessageId, SessionId, TokenId};
use crate::time::Timestamp;

/// Assigned to this person, or to nobody; so already: no event.
pub(super) fn assign(
    state: &Conversation,
    at: Timestamp,
    to: Option<TokenId>,
    by: &Person,
) -> Vec<ConversationEvent> {
    if state.assignee() == to {
        return Vec::new();
    }
    vec![ConversationEvent::Assigned {
        at,
        to,
        by: by.clone(),
    }]
}

/// A note of 1 to 4096 characters.
pub(super) fn note(at: Timestamp, by: &Person, text: &str) -> Decision {
    let actual = text.chars().count();
    if text.trim().is_empty() || actual > NOTE_LIMIT {
        return Err(FieldError::length("note", NOTE_LIMIT, actual).into());
    }
    Ok(vec![ConversationEvent::Noted {
        at,
        by: by.clone(),
        personal: Note {
            text: text.to_owned(),
        }
        .into(),
    }])
}

/// A person has seen the messages up to this one: what came after it stays unread, so that a message which
/// came while they looked is not lost. One that is not among the unread ones was read before.
pub(super) fn mark_read(
    state: &Conversation,
    at: Timestamp,
    by: &Person,
    up_to: Option<MessageId>,
) -> Vec<ConversationEvent> {
    if state.unread() == 0 {
        return Vec::new();
    }
    let unread = match up_to {
        None => 0,
        Some(message) => match state.unread_messages().position(message) {
            Some(newer) => newer,
            None => return Vec::new(),
        },
    };
    vec![ConversationEvent::ReadByOperator {
        at,
        by: by.clone(),
        up_to,
        unread,
    }]
}

/// A running bot is left alone: handing back what a bot already handles changes nothing. With the run that
/// left the conversation to people given, it handles again.
pub(super) fn hand_back(
    state: &Conversation,
    now: Timestamp,
    resume: Option<(BotId, SessionId)>,
) -> Vec<ConversationEvent> {
    let held_by_people = match state.handler() {
        Handler::Person(_) => true,
        Handler::Nobody => state.awaiting_people_since().is_some(),
        Handler::Bot { .. } => false,
    };
    if state.is_closed() || !held_by_people {
        return Vec::new();
    }
    let (handler, cause) = match resume.filter(|run| state.left_run() == Some(*run)) {
        Some((bot, session)) => (Handler::Bot { bot, session }, ChangeCause::Resumed),
        None => (Handler::Nobody, ChangeCause::HandedBack),
    };
    vec![handler_changed(state, now, handler, cause)]
}

/// The newest unread messages in the order they came; older ones are only counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct UnreadMessages(VecDeque<MessageId>);

impl UnreadMessages {
    /// Messages remembered by id.
    const LIMIT: usize = 200;

    /// How many came after this one.
    fn position(&self, message: MessageId) -> Option<u32> {
        let newer = self.0.iter().rev().position(|known| *known == message)?;
        u32::try_from(newer).ok()
    }

    /// Adds one that came.
    pub(super) fn push(&mut self, message: MessageId) {
        if self.0.len() == Self::LIMIT {
            self.0.pop_front();
        }
        self.0.push_back(message);
    }

    /// Keeps the newest ones.
    pub(super) fn keep(&mut self, newest: u32) {
        let newest = usize::try_from(newest).unwrap_or(usize::MAX);
        let read = self.0.len().saturating_sub(newest);
        self.0.drain(..read);
    }

    /// Bytes in memory.
    pub(super) fn weight_bytes(&self) -> usize {
        self.0.len() * size_of::<MessageId>()
    }
}
