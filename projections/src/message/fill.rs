//! Fills the row of a new message from the event that made it.

use domain::conversation::{Author, Automation, ConversationEvent, Handler, PersonKind};
use domain::message::Content;
use serde_json::json;

use super::MessageRow;
use super::content::payload;
use super::fold::inbound_sort_at;
use crate::runner::ApplyError;

/// Fills a row; only messages and notices make rows.
pub(super) fn fill(row: &mut MessageRow, data: &ConversationEvent) -> Result<(), ApplyError> {
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
        Author::Automation(Automation::OutOfHours) => "system".clone_into(&mut row.sender),
        Author::Person(person) => {
            match person.kind {
                PersonKind::Operator => "operator",
                PersonKind::Api => "api",
            }
            .clone_into(&mut row.sender);
            row.sender_id = Some(person.id.to_string());
        }
    }
}
