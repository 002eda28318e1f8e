//! The pure heart of the manager: `(state, input) -> state, decisions, timers`.

use domain::any_event::AnyEvent;
use domain::bot_session::{Action, BotSessionEvent, HandOverCause, RefusedReason};
use domain::conversation::{
    CancelReason, ChangeCause, ConversationEvent, Handler, UnansweredReason,
};
use domain::ids::{ConversationId, MessageId, SessionId, derive_at};
use domain::time::Timestamp;
use uuid::Uuid;

use super::decision::{Decision, Input};
use super::failures::{Lateness, on_delivery, on_poisoned, on_refused, send_failed};
use super::state::{ActiveSession, ManagerState};
use crate::ports::event_log::RecordedEvent;

/// Whose input it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The conversation.
    pub conversation: ConversationId,
    /// The log's epoch: a restored log gives positions away a second time, ids made from them must differ.
    pub log_epoch: Uuid,
}

/// What an input led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaction {
    /// To be carried out in this order.
    pub decisions: Vec<Decision>,
    /// Timer to set: session, wait, due time.
    pub set_timer: Option<(SessionId, u32, Timestamp)>,
    /// Session whose timer is dropped.
    pub drop_timer: Option<SessionId>,
}

impl Reaction {
    pub(super) fn decide(mut self, decision: Decision) -> Self {
        self.decisions.push(decision);
        self
    }
}

/// Reacts to one input. Never fails; an input that means nothing here changes nothing.
pub fn react(instance: Instance, state: &mut ManagerState, input: &Input) -> Reaction {
    match input {
        Input::Event(event) => on_event(instance, state, event),
        Input::Refused { decision, code } => on_refused(state, decision, code),
        Input::Poisoned { decision } => on_poisoned(decision),
        Input::TimerFired { session, wait } if state.is_active(*session) => Reaction {
            drop_timer: Some(*session),
            ..Reaction::default()
        }
        .decide(Decision::ExpireSession {
            session: *session,
            wait: *wait,
        }),
        Input::TimerFired { session, .. } => Reaction {
            drop_timer: Some(*session),
            ..Reaction::default()
        },
    }
}

fn on_event(instance: Instance, state: &mut ManagerState, event: &RecordedEvent) -> Reaction {
    match &event.data {
        AnyEvent::Conversation(own) => on_conversation(instance, state, event, own),
        AnyEvent::BotSession(own) => on_session(instance, state, event, own),
        AnyEvent::Delivery(own) => on_delivery(state, MessageId::new(event.stream.id), own),
        _ => Reaction::default(),
    }
}

fn on_conversation(
    instance: Instance,
    state: &mut ManagerState,
    event: &RecordedEvent,
    own: &ConversationEvent,
) -> Reaction {
    match own {
        ConversationEvent::MessageReceived {
            message, handler, ..
        } => on_message(instance, state, event, *message, handler),
        ConversationEvent::HandlerChanged {
            handler,
            epoch,
            cause,
            awaiting_people_since,
            ..
        } => {
            state.handler = handler.clone();
            state.epoch = *epoch;
            state.awaiting_people = awaiting_people_since.is_some();
            let reaction = on_handler_changed(state, handler, *cause);
            if state.awaiting_people {
                return reaction.decide(Decision::TellOutOfHours);
            }
            reaction
        }
        // What the guard canceled just before it would leave failed like any other send.
        ConversationEvent::MessageCanceled {
            message,
            reason: reason @ (CancelReason::WindowClosed | CancelReason::NumberRemoved),
            ..
        } => {
            let code = match reason {
                CancelReason::WindowClosed => "window_closed",
                _ => "number_removed",
            };
            send_failed(state, *message, code, Lateness::Prompt)
        }
        ConversationEvent::LeftUnanswered { reason, .. } => {
            // A start that found no bot: the session that was to be never was.
            if state.session.is_some_and(|active| active.bot.is_none()) {
                state.session = None;
            }
            if *reason == UnansweredReason::NoActiveBot {
                return Reaction::default().decide(Decision::TellOutOfHours);
            }
            Reaction::default()
        }
        _ => Reaction::default(),
    }
}

fn on_message(
    instance: Instance,
    state: &mut ManagerState,
    event: &RecordedEvent,
    message: MessageId,
    handler: &Handler,
) -> Reaction {
    if let Some(active) = state.session {
        return Reaction::default().decide(Decision::TakeInput {
            session: active.session,
            message_position: event.position,
        });
    }
    match handler {
        // The event itself says that a person handled it.
        Handler::Person(_) => Reaction::default(),
        _ if state.awaiting_people => Reaction::default()
            .decide(Decision::LeaveUnanswered {
                message,
                reason: UnansweredReason::AwaitingPeople,
            })
            .decide(Decision::TellOutOfHours),
        _ => start(instance, state, event.position, event.recorded_at),
    }
}

/// `at`: the time of the event that led to it.
fn start(instance: Instance, state: &mut ManagerState, position: u64, at: Timestamp) -> Reaction {
    let session = session_id(instance, position, at);
    state.session = Some(ActiveSession { session, bot: None });
    Reaction::default().decide(Decision::StartBot {
        session,
        message_position: position,
    })
}

/// The session that a message starts, the same on every node.
fn session_id(instance: Instance, position: u64, at: Timestamp) -> SessionId {
    let Instance {
        conversation,
        log_epoch,
    } = instance;
    SessionId::new(derive_at(
        at,
        format!("session|{log_epoch}|{conversation}|{position}").as_bytes(),
    ))
}

fn on_handler_changed(state: &mut ManagerState, handler: &Handler, cause: ChangeCause) -> Reaction {
    if *handler != Handler::Nobody {
        state.ended = None;
    }
    if let Handler::Bot { bot, session } = handler {
        state.session = Some(ActiveSession {
            session: *session,
            bot: Some(*bot),
        });
        if cause == ChangeCause::Resumed {
            return Reaction::default().decide(Decision::ResumeSession {
                session: *session,
                epoch: state.epoch,
            });
        }
        return Reaction::default();
    }
    let Some(active) = state.session.take() else {
        return Reaction::default();
    };
    let cause = match (handler, cause) {
        (Handler::Person(_), _) => HandOverCause::TakenOver,
        (_, ChangeCause::Closed) => HandOverCause::Closed,
        _ => HandOverCause::StaleEpoch,
    };
    Reaction {
        drop_timer: Some(active.session),
        ..Reaction::default()
    }
    .decide(Decision::EndSession {
        session: active.session,
        cause,
    })
}

fn on_session(
    instance: Instance,
    state: &mut ManagerState,
    recorded: &RecordedEvent,
    event: &BotSessionEvent,
) -> Reaction {
    let session = SessionId::new(recorded.stream.id);
    let position = recorded.position;
    let reaction = Reaction::default();
    match event {
        BotSessionEvent::MessageComposed { message, .. } => reaction.decide(Decision::QueueReply {
            session,
            composed_position: position,
            message: *message,
        }),
        BotSessionEvent::VariableSet { .. } => reaction.decide(Decision::SetAttribute {
            contact: None,
            session,
            value_position: position,
        }),
        BotSessionEvent::ActionTaken { action, .. } => match action {
            Action::SaveToCrm { .. } => reaction.decide(Decision::SetAttribute {
                contact: None,
                session,
                value_position: position,
            }),
            Action::AssignTag => reaction.decide(Decision::AssignTag {
                session,
                value_position: position,
            }),
            Action::CreateDeal { deal } => reaction.decide(Decision::CreateDeal {
                session,
                deal: *deal,
                value_position: position,
            }),
            Action::HumanTakeover => reaction,
        },
        BotSessionEvent::Waiting {
            wait, expires_at, ..
        } => Reaction {
            set_timer: Some((session, *wait, *expires_at)),
            ..reaction
        },
        BotSessionEvent::InputRefused {
            message, reason, ..
        } => on_input_refused(instance, state, recorded, *message, *reason),
        BotSessionEvent::HandedOver { cause, .. } => {
            let cause = release_cause(*cause);
            // It was ended for a person who has handed back to it since: it is about to go on.
            let was_handed_back = cause.is_none() && handles(state, session);
            if was_handed_back {
                return reaction;
            }
            ended(state, session, cause)
        }
        BotSessionEvent::Completed { .. } => ended(state, session, Some(ChangeCause::Completed)),
        BotSessionEvent::Expired { .. } => ended(state, session, Some(ChangeCause::Expired)),
        BotSessionEvent::Failed { .. } => ended(state, session, Some(ChangeCause::BotFailed)),
        _ => reaction,
    }
}

fn on_input_refused(
    instance: Instance,
    state: &mut ManagerState,
    recorded: &RecordedEvent,
    message: MessageId,
    reason: RefusedReason,
) -> Reaction {
    let reason = match reason {
        // The bot answers by asking again.
        RefusedReason::NotUnderstood => return Reaction::default(),
        RefusedReason::BeforeQuestion => UnansweredReason::BeforeQuestion,
        RefusedReason::Unreadable => UnansweredReason::Unreadable,
        RefusedReason::SessionEnded => {
            return met_ended_session(instance, state, recorded, message);
        }
    };
    Reaction::default().decide(Decision::LeaveUnanswered { message, reason })
}

/// A message was given to a session that had just ended: it is treated as if it had come afterwards, so
/// that a few milliseconds do not decide whether a bot answers.
fn met_ended_session(
    instance: Instance,
    state: &mut ManagerState,
    recorded: &RecordedEvent,
    message: MessageId,
) -> Reaction {
    let unanswered =
        |reason| Reaction::default().decide(Decision::LeaveUnanswered { message, reason });
    match (&state.handler, state.session, recorded.metadata.cause) {
        (Handler::Person(_), _, _) => unanswered(UnansweredReason::HandledByPerson),
        _ if state.awaiting_people => unanswered(UnansweredReason::AwaitingPeople),
        (_, Some(active), Some(position)) => Reaction::default().decide(Decision::TakeInput {
            session: active.session,
            message_position: position,
        }),
        (_, None, Some(position)) => start(instance, state, position, recorded.recorded_at),
        (_, _, None) => unanswered(UnansweredReason::SessionEnded),
    }
}

fn handles(state: &ManagerState, session: SessionId) -> bool {
    matches!(state.handler, Handler::Bot { session: handling, .. } if handling == session)
}

/// The session ended by itself: release the conversation unless someone else has it already.
fn ended(state: &mut ManagerState, session: SessionId, cause: Option<ChangeCause>) -> Reaction {
    if state.is_active(session) {
        state.session = None;
        state.ended = Some(session);
    }
    let reaction = Reaction {
        drop_timer: Some(session),
        ..Reaction::default()
    };
    match cause {
        Some(cause) => reaction.decide(Decision::ReleaseBot { session, cause }),
        None => reaction,
    }
}

const fn release_cause(cause: HandOverCause) -> Option<ChangeCause> {
    match cause {
        HandOverCause::Scenario => Some(ChangeCause::HandedOver),
        HandOverCause::NotUnderstood => Some(ChangeCause::NotUnderstood),
        HandOverCause::SendFailed => Some(ChangeCause::SendFailed),
        HandOverCause::TakenOver | HandOverCause::Closed | HandOverCause::StaleEpoch => None,
    }
}
