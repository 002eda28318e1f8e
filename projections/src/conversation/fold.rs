//! How one event changes the row of its conversation or session.

use application::ports::event_log::RecordedEvent;
use domain::bot_session::BotSessionEvent;
use domain::conversation::{Author, ConversationEvent, Handler, PersonKind};
use domain::ids::MessageId;
use domain::time::Timestamp;

use super::{ConversationRow, SessionRow};
use crate::fold::Fold;
use crate::message::inbound_sort_at;
use crate::runner::ApplyError;

/// Applies an event of a conversation.
pub(super) fn conversation(
    rows: &mut Fold<String, ConversationRow>,
    event: &RecordedEvent,
    data: &ConversationEvent,
) -> Result<(), ApplyError> {
    let id = event.stream.id.to_string();
    if let ConversationEvent::Started {
        at,
        number,
        contact,
    } = data
    {
        rows.upsert(id.clone(), event, |row| {
            row.id = id;
            row.number = number.to_string();
            row.contact = contact.to_string();
            "active".clone_into(&mut row.status);
            "nobody".clone_into(&mut row.handler);
            row.sort_at = at.as_micros();
            row.created_at = at.as_micros();
            row.updated_at = event.recorded_at.as_micros();
        });
        return Ok(());
    }
    rows.update(id, event, |row| {
        row.updated_at = row.updated_at.max(event.recorded_at.as_micros());
        change(row, event.position, data);
    })
}

fn change(row: &mut ConversationRow, position: u64, data: &ConversationEvent) {
    match data {
        ConversationEvent::MessageReceived {
            message,
            received_at,
            provider_at,
            ..
        } => {
            row.unread_count += 1;
            row.last_inbound_at = row.last_inbound_at.max(Some(provider_at.as_micros()));
            row.last_received_at = row.last_received_at.max(Some(received_at.as_micros()));
            let sort_at = inbound_sort_at(*received_at, *provider_at);
            set_last(row, position, *message, sort_at);
        }
        ConversationEvent::MessageQueued {
            message,
            at,
            author,
            ..
        } => {
            if matches!(author, Author::Person(_)) {
                row.unread_count = 0;
            }
            set_last(row, position, *message, *at);
        }
        ConversationEvent::HandlerChanged {
            handler,
            epoch,
            awaiting_people_since,
            ..
        } => {
            set_handler(row, handler);
            row.epoch = epoch.cast_signed();
            row.awaiting_people_since = awaiting_people_since.map(Timestamp::as_micros);
        }
        ConversationEvent::Assigned { to, .. } => {
            row.assignee = to.map(|person| person.to_string());
        }
        ConversationEvent::ReadByOperator { unread, .. } => row.unread_count = i64::from(*unread),
        ConversationEvent::Noted { at, .. } => {
            row.note_count += 1;
            row.last_note_at = Some(at.as_micros());
        }
        ConversationEvent::Closed { at, .. } => {
            "closed".clone_into(&mut row.status);
            row.closed_at = Some(at.as_micros());
        }
        ConversationEvent::Reopened { .. } => {
            "active".clone_into(&mut row.status);
            row.closed_at = None;
        }
        ConversationEvent::Started { .. }
        | ConversationEvent::MessageCanceled { .. }
        | ConversationEvent::ReactionReceived { .. }
        | ConversationEvent::EditReceived { .. }
        | ConversationEvent::RevokeReceived { .. }
        | ConversationEvent::NoticeReceived { .. }
        | ConversationEvent::LeftUnanswered { .. } => {}
    }
}

/// The last message is the last one of the timeline, not the last one that came in.
fn set_last(row: &mut ConversationRow, position: u64, message: MessageId, sort_at: Timestamp) {
    let place = position.cast_signed();
    let sort_at = sort_at.as_micros();
    if row.last_message.is_none()
        || (Some(sort_at), place) > (row.last_message_at, row.last_message_place)
    {
        row.last_message = Some(message.to_string());
        row.last_message_place = place;
        row.last_message_at = Some(sort_at);
        row.sort_at = sort_at;
    }
}

fn set_handler(row: &mut ConversationRow, handler: &Handler) {
    row.handler_id = None;
    row.handler_kind = None;
    row.session = None;
    match handler {
        Handler::Nobody => "nobody".clone_into(&mut row.handler),
        Handler::Bot { bot, session } => {
            "bot".clone_into(&mut row.handler);
            row.handler_id = Some(bot.to_string());
            row.session = Some(session.to_string());
            // Unread messages stay: a bot's answer is no person's look.
        }
        Handler::Person(person) => {
            "person".clone_into(&mut row.handler);
            row.handler_id = Some(person.id.to_string());
            row.handler_kind = Some(
                match person.kind {
                    PersonKind::Operator => "operator",
                    PersonKind::Api => "api",
                }
                .to_owned(),
            );
            row.unread_count = 0;
        }
    }
}

/// Applies an event of a session.
pub(super) fn session(
    rows: &mut Fold<String, SessionRow>,
    event: &RecordedEvent,
    data: &BotSessionEvent,
) -> Result<(), ApplyError> {
    let id = event.stream.id.to_string();
    if let BotSessionEvent::Started {
        at,
        conversation,
        bot,
        version,
        ..
    } = data
    {
        rows.upsert(id.clone(), event, |row| {
            row.id = id;
            row.conversation = Some(conversation.to_string());
            row.bot = Some(bot.to_string());
            row.version = Some(i64::from(*version));
            "running".clone_into(&mut row.state);
            row.started_at = Some(at.as_micros());
        });
        return Ok(());
    }
    rows.update(id, event, |row| match data {
        BotSessionEvent::NodeEntered { node, .. } => {
            row.node = Some(node.clone());
            "running".clone_into(&mut row.state);
            row.expires_at = None;
        }
        BotSessionEvent::Waiting {
            node, expires_at, ..
        } => {
            row.node = Some(node.clone());
            "waiting".clone_into(&mut row.state);
            row.expires_at = Some(expires_at.as_micros());
        }
        BotSessionEvent::Resumed { node, .. } => {
            row.node = Some(node.clone());
            "running".clone_into(&mut row.state);
            row.ended_at = None;
        }
        BotSessionEvent::HandedOver { at, .. } => end(row, "handed_over", *at),
        BotSessionEvent::Completed { at, .. } => end(row, "completed", *at),
        BotSessionEvent::Expired { at, .. } => end(row, "expired", *at),
        BotSessionEvent::Failed { at, .. } => end(row, "failed", *at),
        _ => {}
    })
}

fn end(row: &mut SessionRow, state: &str, at: Timestamp) {
    state.clone_into(&mut row.state);
    row.expires_at = None;
    row.ended_at = Some(at.as_micros());
}
