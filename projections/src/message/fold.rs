//! How events of a conversation change its timeline. What the customer changes later is decided by Meta's
//! time, so that any order gives the same.

use application::ports::event_log::RecordedEvent;
use domain::conversation::ConversationEvent;
use domain::message::Content;
use domain::time::Timestamp;

use super::content::payload;
use super::fill::fill;
use super::{ChangeRow, MessageRow, ReactionRow};
use crate::fold::Fold;
use crate::runner::ApplyError;

/// How far Meta's time may lie from ours for a message that came live.
const LIVE_MICROS: u64 = 120 * 1_000_000;

/// Where an inbound message stands in time: when it came, or when it was written if it came late.
pub(crate) fn inbound_sort_at(received_at: Timestamp, provider_at: Timestamp) -> Timestamp {
    if provider_at.micros_since(received_at).unsigned_abs() <= LIVE_MICROS {
        received_at
    } else {
        provider_at
    }
}

/// The rows of the timeline that a batch touches.
pub(super) struct Timeline {
    pub(super) messages: Fold<String, MessageRow>,
    pub(super) changes: Fold<String, ChangeRow>,
    pub(super) reactions: Fold<(String, String), ReactionRow>,
}

impl Timeline {
    /// Applies an event.
    pub(super) fn apply(
        &mut self,
        event: &RecordedEvent,
        data: &ConversationEvent,
    ) -> Result<(), ApplyError> {
        match data {
            ConversationEvent::MessageReceived { message, .. }
            | ConversationEvent::MessageQueued { message, .. }
            | ConversationEvent::NoticeReceived { message, .. } => {
                self.insert(event, message.to_string(), data)
            }
            ConversationEvent::MessageCanceled {
                message,
                at,
                reason,
            } => {
                let reason = code(reason)?;
                self.messages.update(message.to_string(), event, |row| {
                    row.canceled_at = Some(at.as_micros());
                    row.cancel_reason = Some(reason);
                })
            }
            ConversationEvent::LeftUnanswered {
                message, reason, ..
            } => {
                let reason = code(reason)?;
                self.messages.update(message.to_string(), event, |row| {
                    row.unanswered_reason = Some(reason);
                })
            }
            ConversationEvent::ReactionReceived {
                message,
                target,
                provider_at,
                personal,
                ..
            } => {
                let emoji = personal.open().and_then(|reaction| reaction.emoji.clone());
                self.react(
                    event,
                    &message.to_string(),
                    target.to_string(),
                    *provider_at,
                    emoji,
                );
                Ok(())
            }
            ConversationEvent::EditReceived {
                message,
                target,
                provider_at,
                personal,
                ..
            } => {
                let content = personal.open().map(|edited| &edited.content);
                self.edit(
                    event,
                    &message.to_string(),
                    target.to_string(),
                    *provider_at,
                    content,
                );
                Ok(())
            }
            ConversationEvent::RevokeReceived {
                target,
                provider_at,
                ..
            } => {
                let target = target.to_string();
                let at = provider_at.as_micros();
                self.changes.upsert(target.clone(), event, |row| {
                    row.target = target;
                    row.revoked_at = Some(row.revoked_at.map_or(at, |first| first.min(at)));
                });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn insert(
        &mut self,
        event: &RecordedEvent,
        message: String,
        data: &ConversationEvent,
    ) -> Result<(), ApplyError> {
        let mut outcome = Ok(());
        self.messages.upsert(message.clone(), event, |row| {
            row.id = message;
            row.conversation = event.stream.id.to_string();
            row.place = event.position.cast_signed();
            outcome = fill(row, data);
        });
        outcome
    }

    fn react(
        &mut self,
        event: &RecordedEvent,
        reaction: &str,
        target: String,
        at: Timestamp,
        emoji: Option<String>,
    ) {
        let key = (target, "customer".to_owned());
        self.reactions.upsert(key.clone(), event, |row| {
            let is_latest = row.target.is_empty()
                || (at.as_micros(), reaction) >= (row.at, row.reaction.as_str());
            (row.target, row.sender) = key;
            if is_latest {
                reaction.clone_into(&mut row.reaction);
                row.emoji = emoji;
                row.at = at.as_micros();
            }
        });
    }

    fn edit(
        &mut self,
        event: &RecordedEvent,
        edit: &str,
        target: String,
        at: Timestamp,
        content: Option<&Content>,
    ) {
        self.changes.upsert(target.clone(), event, |row| {
            row.target = target;
            let known = (row.edited_at, row.edit.as_deref());
            if (Some(at.as_micros()), Some(edit)) < known {
                return;
            }
            row.edit = Some(edit.to_owned());
            row.edited_at = Some(at.as_micros());
            row.message_type = content.map(|content| content.message_type().as_str().to_owned());
            row.content = Some(content.map_or("", Content::display_text).to_owned());
            row.payload = content.and_then(payload).map(|payload| payload.to_string());
        });
    }
}

/// The name of a reason as events write it.
pub(crate) fn code(reason: &impl serde::Serialize) -> Result<String, ApplyError> {
    match serde_json::to_value(reason)? {
        serde_json::Value::String(code) => Ok(code),
        _ => Err(ApplyError::Refused("the reason has no name")),
    }
}
