//! The rules of a conversation: state and command in, events or a refusal out.

use super::automatic::tell_out_of_hours;
use super::bots::{await_people, engage_bot, queue_reply, release_bot};
use super::event::QueuedMessage;
use super::receive::receive;
use super::{
    Author, CancelReason, ChangeCause, Conversation, ConversationCommand, ConversationError,
    ConversationEvent, Handler, Person, SendByPerson, work,
};
use crate::ids::MessageId;
use crate::message::Content;
use crate::send_guard::{self, NumberFacts, SendFacts};
use crate::time::Timestamp;

/// Events, or the rule that refuses the command.
pub(super) type Decision = Result<Vec<ConversationEvent>, ConversationError>;

/// Decides what a command makes of a conversation.
pub(super) fn decide(state: &Conversation, command: &ConversationCommand) -> Decision {
    match command {
        ConversationCommand::Receive(received) => Ok(receive(state, received)),
        _ if !state.exists() => Err(ConversationError::NotFound),
        ConversationCommand::EngageBot {
            now,
            bot,
            session,
            expected_epoch,
            trigger,
        } => engage_bot(state, *now, (*bot, *session), *expected_epoch, *trigger),
        ConversationCommand::QueueReply(reply) => queue_reply(state, reply),
        ConversationCommand::ReleaseBot {
            now,
            session,
            cause,
        } => Ok(release_bot(state, *now, *session, *cause)),
        ConversationCommand::AwaitPeople {
            now,
            session,
            cause,
            while_window_open,
        } => Ok(await_people(
            state,
            *now,
            *session,
            *cause,
            *while_window_open,
        )),
        ConversationCommand::TakeOver {
            now,
            by,
            force,
            note,
            queued_bot_messages,
        } => {
            let mut events = take_over(state, *now, by, *force, queued_bot_messages)?;
            let note = note.as_deref().filter(|text| !text.trim().is_empty());
            if let Some(text) = note {
                events.extend(work::note(*now, by, text)?);
            }
            Ok(events)
        }
        ConversationCommand::Send(send) => send_by_person(state, send),
        ConversationCommand::HandBack { now, resume, .. } => {
            Ok(work::hand_back(state, *now, *resume))
        }
        ConversationCommand::Assign { now, to, by } => Ok(work::assign(state, *now, *to, by)),
        ConversationCommand::Note { now, by, text } => work::note(*now, by, text),
        ConversationCommand::MarkRead { now, by, up_to } => {
            Ok(work::mark_read(state, *now, by, *up_to))
        }
        ConversationCommand::TellOutOfHours(told) => tell_out_of_hours(state, told),
        ConversationCommand::Close {
            now,
            by,
            queued_bot_messages,
        } => Ok(close(state, *now, by, queued_bot_messages)),
        ConversationCommand::Reopen { now, by } => Ok(reopened(state, *now, Some(by))),
        ConversationCommand::CancelMessages {
            now,
            messages,
            reason,
        } => Ok(canceled(messages, *now, *reason).collect()),
        ConversationCommand::LeaveUnanswered {
            now,
            message,
            reason,
        } => Ok(vec![ConversationEvent::LeftUnanswered {
            message: *message,
            at: *now,
            reason: *reason,
        }]),
    }
}

fn take_over(
    state: &Conversation,
    now: Timestamp,
    by: &Person,
    force: bool,
    queued: &[MessageId],
) -> Decision {
    match state.handler() {
        Handler::Person(other) if other.id == by.id => return Ok(Vec::new()),
        Handler::Person(other) if !force => {
            return Err(ConversationError::AlreadyTaken { by: other.clone() });
        }
        _ => {}
    }
    let mut events = reopened(state, now, Some(by));
    events.extend(taken_by(state, now, by, queued));
    Ok(events)
}

fn send_by_person(state: &Conversation, send: &SendByPerson) -> Decision {
    guard(state, send.number, &send.content, send.now)?;
    let mut events = reopened(state, send.now, Some(&send.by));
    let takes_over = !send.keep_bot && !matches!(state.handler(), Handler::Person(_));
    if takes_over {
        events.extend(taken_by(
            state,
            send.now,
            &send.by,
            &send.queued_bot_messages,
        ));
    }
    events.push(ConversationEvent::MessageQueued {
        message: send.message,
        at: send.now,
        author: Author::Person(send.by.clone()),
        epoch: state.epoch() + u64::from(takes_over),
        message_type: send.content.message_type(),
        reply_to: send.reply_to,
        repeats: send.repeats,
        personal: QueuedMessage {
            content: send.content.clone(),
            reply_to_wamid: send.reply_to_wamid.clone(),
        }
        .into(),
    });
    Ok(events)
}

fn close(
    state: &Conversation,
    now: Timestamp,
    by: &Person,
    queued: &[MessageId],
) -> Vec<ConversationEvent> {
    if state.is_closed() {
        return Vec::new();
    }
    let mut events = vec![ConversationEvent::Closed {
        at: now,
        by: by.clone(),
    }];
    if *state.handler() != Handler::Nobody || state.awaiting_people_since().is_some() {
        events.push(handler_changed(
            state,
            now,
            Handler::Nobody,
            ChangeCause::Closed,
        ));
    }
    events.extend(canceled(queued, now, CancelReason::Closed));
    events
}

/// Asks the send guard with this conversation's window.
pub(super) fn guard(
    state: &Conversation,
    number: NumberFacts,
    content: &Content,
    now: Timestamp,
) -> Result<(), ConversationError> {
    let last_inbound_at = state.last_inbound_at();
    Ok(send_guard::check(&SendFacts {
        last_inbound_at,
        number,
        content,
        now,
    })?)
}

/// Open again, if it is closed.
pub(super) fn reopened(
    state: &Conversation,
    at: Timestamp,
    by: Option<&Person>,
) -> Vec<ConversationEvent> {
    if state.is_closed() {
        vec![ConversationEvent::Reopened {
            at,
            by: by.cloned(),
        }]
    } else {
        Vec::new()
    }
}

/// The handler becomes this person, and what the bot had queued does not leave.
fn taken_by(
    state: &Conversation,
    at: Timestamp,
    by: &Person,
    queued: &[MessageId],
) -> Vec<ConversationEvent> {
    let handler = Handler::Person(by.clone());
    let mut events = vec![handler_changed(state, at, handler, ChangeCause::TakenOver)];
    events.extend(canceled(queued, at, CancelReason::TakenOver));
    events
}

/// A change of the handler after which nobody is awaited.
pub(super) fn handler_changed(
    state: &Conversation,
    at: Timestamp,
    handler: Handler,
    cause: ChangeCause,
) -> ConversationEvent {
    ConversationEvent::HandlerChanged {
        at,
        handler,
        epoch: state.epoch() + 1,
        cause,
        awaiting_people_since: None,
        trigger: None,
    }
}

fn canceled(
    messages: &[MessageId],
    at: Timestamp,
    reason: CancelReason,
) -> impl Iterator<Item = ConversationEvent> {
    messages
        .iter()
        .map(move |message| ConversationEvent::MessageCanceled {
            message: *message,
            at,
            reason,
        })
}
