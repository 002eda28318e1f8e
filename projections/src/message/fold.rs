//! How events of a conversation change its timeline. What the customer changes later is decided by Meta's
//! time, so that any order gives the same.

use application::ports::event_log::RecordedEvent;
use domain::conversation::{Author, ConversationEvent, Handler, PersonKind};
use domain::message::Content;
use domain::time::Timestamp;
use serde_json::json;

use super::content::payload;
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

fn fill(row: &mut MessageRow, data: &ConversationEvent) -> Result<(), ApplyError> {
    match data {
        ConversationEvent::MessageReceived {
            received_at,
            provider_at,
            message_type,
            reply_to,
            handler,
            personal,
            ..
        } => {
            "inbound".clone_into(&mut row.direction);
            "customer".clone_into(&mut row.sender);
            row.sort_at = inbound_sort_at(*received_at, *provider_at).as_micros();
            row.created_at = provider_at.as_micros();
            message_type.as_str().clone_into(&mut row.message_type);
            row.reply_to = reply_to.map(|id| id.to_string());
            row.inbound_wamid = personal.open().map(|fields| fields.wamid.clone());
            if matches!(handler, Handler::Person(_)) {
                row.unanswered_reason = Some("handled_by_person".to_owned());
            }
            set_content(row, personal.open().map(|fields| &fields.content));
        }
        ConversationEvent::MessageQueued {
            at,
            author,
            message_type,
            reply_to,
            repeats,
            personal,
            ..
        } => {
            "outbound".clone_into(&mut row.direction);
            row.sort_at = at.as_micros();
            row.created_at = at.as_micros();
            message_type.as_str().clone_into(&mut row.message_type);
            row.reply_to = reply_to.map(|id| id.to_string());
            row.repeats = repeats.map(|id| id.to_string());
            set_author(row, author);
            set_content(row, personal.open().map(|fields| &fields.content));
        }
        ConversationEvent::NoticeReceived {
            received_at,
            provider_at,
            notice,
            personal,
            ..
        } => {
            "inbound".clone_into(&mut row.direction);
            "system".clone_into(&mut row.sender);
            "system".clone_into(&mut row.message_type);
            row.sort_at = inbound_sort_at(*received_at, *provider_at).as_micros();
            row.created_at = provider_at.as_micros();
            row.content = personal
                .open()
                .map(|fields| fields.text.clone())
                .unwrap_or_default();
            let raw = personal.open().map(|fields| &fields.raw);
            row.payload =
                Some(json!({ "kind": "notice", "notice": notice, "raw": raw }).to_string());
        }
        _ => return Err(ApplyError::Refused("the event is no message")),
    }
    Ok(())
}

fn set_content(row: &mut MessageRow, content: Option<&Content>) {
    content
        .map_or("", Content::display_text)
        .clone_into(&mut row.content);
    row.payload = content.and_then(payload).map(|payload| payload.to_string());
}

fn set_author(row: &mut MessageRow, author: &Author) {
    match author {
        Author::Bot {
            bot,
            version,
            session,
            turn,
            node,
        } => {
            "bot".clone_into(&mut row.sender);
            row.sender_id = Some(bot.to_string());
            row.session = Some(session.to_string());
            row.bot_version = Some(i64::from(*version));
            row.turn = Some(i64::from(*turn));
            row.node = Some(node.clone());
        }
        Author::Person(person) => {
            match person.kind {
                PersonKind::Operator => "operator",
                PersonKind::Api => "api",
            }
            .clone_into(&mut row.sender);
            row.sender_id = Some(person.id.to_string());
            row.sender_name = Some(person.name.clone());
        }
    }
}

/// The name of a reason as events write it.
pub(super) fn code(reason: &impl serde::Serialize) -> Result<String, ApplyError> {
    match serde_json::to_value(reason)? {
        serde_json::Value::String(code) => Ok(code),
        _ => Err(ApplyError::Refused("the reason has no name")),
    }
}
