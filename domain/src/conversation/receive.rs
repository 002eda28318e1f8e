//! What an inbound item does to a conversation. Only a message reopens it; reactions, edits, deletions
//! and notices are facts beside it.

use super::decide::{handler_changed, reopened};
use super::event::ReceivedMessage;
use super::{ChangeCause, Conversation, ConversationEvent, Handler, ReceiveMessage, Received};
use crate::ids::MessageId;

/// The events of an inbound item; the first one starts the conversation.
pub(super) fn receive(state: &Conversation, received: &Received) -> Vec<ConversationEvent> {
    let (Received::Message { head, .. }
    | Received::Reaction { head, .. }
    | Received::Edit { head, .. }
    | Received::Revoke { head, .. }
    | Received::Notice { head, .. }) = received;
    let mut events = Vec::new();
    if !state.exists() {
        events.push(ConversationEvent::Started {
            at: head.received_at,
            number: head.number,
            contact: head.contact,
        });
    }
    match received {
        Received::Message {
            head,
            reply_to,
            body,
        } => {
            events.extend(message(state, head, *reply_to, body));
        }
        beside => events.extend(fact(beside)),
    }
    events
}

fn message(
    state: &Conversation,
    head: &ReceiveMessage,
    reply_to: Option<MessageId>,
    body: &ReceivedMessage,
) -> Vec<ConversationEvent> {
    let mut events = reopened(state, head.received_at, None);
    let (mut handler, mut epoch) = (state.handler().clone(), state.epoch());
    if state.is_closed() && handler != Handler::Nobody {
        (handler, epoch) = (Handler::Nobody, epoch + 1);
        let cause = ChangeCause::Reopened;
        events.push(handler_changed(
            state,
            head.received_at,
            Handler::Nobody,
            cause,
        ));
    }
    events.push(ConversationEvent::MessageReceived {
        message: head.message,
        received_at: head.received_at,
        provider_at: head.provider_at,
        message_type: body.content.message_type(),
        reply_to,
        handler,
        epoch,
        personal: body.clone().into(),
    });
    events
}

fn fact(received: &Received) -> Option<ConversationEvent> {
    Some(match received {
        Received::Message { .. } => return None,
        Received::Reaction { head, target, body } => ConversationEvent::ReactionReceived {
            message: head.message,
            target: *target,
            received_at: head.received_at,
            provider_at: head.provider_at,
            personal: body.clone().into(),
        },
        Received::Edit { head, target, body } => ConversationEvent::EditReceived {
            message: head.message,
            target: *target,
            received_at: head.received_at,
            provider_at: head.provider_at,
            personal: body.clone().into(),
        },
        Received::Revoke { head, target, body } => ConversationEvent::RevokeReceived {
            message: head.message,
            target: *target,
            received_at: head.received_at,
            provider_at: head.provider_at,
            personal: body.clone().into(),
        },
        Received::Notice { head, notice, body } => ConversationEvent::NoticeReceived {
            message: head.message,
            received_at: head.received_at,
            provider_at: head.provider_at,
            notice: notice.clone(),
            personal: body.clone().into(),
        },
    })
}
