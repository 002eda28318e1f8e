//! What the installation itself tells a customer.

use super::decide::{Decision, guard};
use super::event::QueuedMessage;
use super::{Author, Automation, Conversation, ConversationEvent, Handler, OutOfHours};
use crate::message::Content;

/// Outside the number's hours a customer who waits for people is told so, once in each waiting.
pub(super) fn tell_out_of_hours(state: &Conversation, told: &OutOfHours) -> Decision {
    let waits = *state.handler() == Handler::Nobody && !state.is_closed();
    let Some(text) = told.text.as_ref().filter(|_| waits && !told.is_open) else {
        return Ok(Vec::new());
    };
    if state.was_told_out_of_hours() {
        return Ok(Vec::new());
    }
    let content = Content::text(text.clone());
    guard(state, told.number, &content, told.now)?;
    Ok(vec![ConversationEvent::MessageQueued {
        message: told.message,
        at: told.now,
        author: Author::Automation(Automation::OutOfHours),
        epoch: state.epoch(),
        message_type: content.message_type(),
        reply_to: None,
        repeats: None,
        personal: QueuedMessage {
            content,
            reply_to_wamid: None,
        }
        .into(),
    }])
}
