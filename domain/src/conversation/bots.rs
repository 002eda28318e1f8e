//! What a bot may do in a conversation: take it, speak while it handles it, leave it.

use super::decide::{Decision, guard};
use super::event::QueuedMessage;
use super::{
    Author, ChangeCause, Conversation, ConversationError, ConversationEvent, Handler, QueueReply,
};
use crate::ids::{BotId, MessageId, SessionId};
use crate::send_guard::window_closes_at;
use crate::time::Timestamp;

/// A bot takes a conversation that is free for it.
pub(super) fn engage_bot(
    state: &Conversation,
    now: Timestamp,
    (bot, session): (BotId, SessionId),
    expected_epoch: u64,
    trigger: Option<MessageId>,
) -> Decision {
    let is_free = !state.is_closed()
        && *state.handler() == Handler::Nobody
        && state.awaiting_people_since().is_none();
    if !is_free {
        return Err(ConversationError::NotFree);
    }
    if state.epoch() != expected_epoch {
        return Err(ConversationError::StaleEpoch);
    }
    Ok(vec![ConversationEvent::HandlerChanged {
        at: now,
        handler: Handler::Bot { bot, session },
        epoch: state.epoch() + 1,
        cause: ChangeCause::BotStarted,
        awaiting_people_since: None,
        trigger,
    }])
}

/// A bot that still handles says something.
pub(super) fn queue_reply(state: &Conversation, reply: &QueueReply) -> Decision {
    let handles = *state.handler()
        == Handler::Bot {
            bot: reply.bot,
            session: reply.session,
        };
    if !handles || state.epoch() != reply.epoch {
        return Err(ConversationError::StaleEpoch);
    }
    guard(state, reply.number, &reply.content, reply.now)?;
    Ok(vec![ConversationEvent::MessageQueued {
        message: reply.message,
        at: reply.now,
        author: Author::Bot {
            bot: reply.bot,
            version: reply.version,
            session: reply.session,
            turn: reply.turn,
            node: reply.node.clone(),
        },
        epoch: reply.epoch,
        message_type: reply.content.message_type(),
        reply_to: None,
        repeats: None,
        personal: QueuedMessage {
            content: reply.content.clone(),
            reply_to_wamid: None,
        }
        .into(),
    }])
}

/// A bot ends its part.
pub(super) fn release_bot(
    state: &Conversation,
    now: Timestamp,
    session: SessionId,
    cause: ChangeCause,
) -> Vec<ConversationEvent> {
    match state.handler() {
        Handler::Bot {
            session: handling, ..
        } if *handling == session => {}
        _ => return Vec::new(),
    }
    // A run that was handed back to and cannot go on leaves the conversation to a new one.
    let leaves_nobody_awaited = matches!(
        cause,
        ChangeCause::Completed | ChangeCause::Expired | ChangeCause::HandedBack
    );
    vec![ConversationEvent::HandlerChanged {
        at: now,
        handler: Handler::Nobody,
        epoch: state.epoch() + 1,
        cause,
        awaiting_people_since: (!leaves_nobody_awaited).then_some(now),
        trigger: None,
    }]
}

/// A session that is over left something unsaid: a person is awaited, unless someone has it already.
pub(super) fn await_people(
    state: &Conversation,
    now: Timestamp,
    session: SessionId,
    cause: ChangeCause,
    while_window_open: bool,
) -> Vec<ConversationEvent> {
    let is_free = match state.handler() {
        Handler::Nobody => state.awaiting_people_since().is_none(),
        Handler::Bot {
            session: handling, ..
        } => *handling == session,
        Handler::Person(_) => false,
    };
    let is_open = state
        .last_inbound_at()
        .is_some_and(|at| now <= window_closes_at(at));
    if state.is_closed() || !is_free || (while_window_open && !is_open) {
        return Vec::new();
    }
    vec![ConversationEvent::HandlerChanged {
        at: now,
        handler: Handler::Nobody,
        epoch: state.epoch() + 1,
        cause,
        awaiting_people_since: Some(now),
        trigger: None,
    }]
}
