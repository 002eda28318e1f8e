//! The pure heart of the manager: `(state, input) -> state, decisions, timers`.

use domain::any_event::AnyEvent;
use domain::bot_session::{Action, BotSessionEvent, FailReason, HandOverCause, RefusedReason};
use domain::conversation::{ChangeCause, ConversationEvent, Handler, UnansweredReason};
use domain::delivery::DeliveryEvent;
use domain::ids::{ConversationId, MessageId, SessionId, derive};
use domain::time::Timestamp;

use super::decision::{Decision, Input};
use super::state::{ActiveSession, ManagerState};
use crate::ports::event_log::RecordedEvent;

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
    fn decide(mut self, decision: Decision) -> Self {
        self.decisions.push(decision);
        self
    }
}

/// Reacts to one input. Never fails; an input that means nothing here changes nothing.
pub fn react(conversation: ConversationId, state: &mut ManagerState, input: &Input) -> Reaction {
    match input {
        Input::Event(event) => on_event(conversation, state, event),
        Input::Refused { decision, code } => on_refused(decision, code),
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

fn on_event(
    conversation: ConversationId,
    state: &mut ManagerState,
    event: &RecordedEvent,
) -> Reaction {
    match &event.data {
        AnyEvent::Conversation(own) => on_conversation(conversation, state, event.position, own),
        AnyEvent::BotSession(own) => on_session(conversation, state, event, own),
        AnyEvent::Delivery(own) => on_delivery(state, MessageId::new(event.stream.id), own),
        _ => Reaction::default(),
    }
}

fn on_conversation(
    conversation: ConversationId,
    state: &mut ManagerState,
    position: u64,
    event: &ConversationEvent,
) -> Reaction {
    match event {
        ConversationEvent::MessageReceived {
            message, handler, ..
        } => on_message(conversation, state, position, *message, handler),
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
            on_handler_changed(state, handler, *cause)
        }
        ConversationEvent::LeftUnanswered { .. } => {
            // A start that found no bot: the session that was to be never was.
            if state.session.is_some_and(|active| active.bot.is_none()) {
                state.session = None;
            }
            Reaction::default()
        }
        _ => Reaction::default(),
    }
}

fn on_message(
    conversation: ConversationId,
    state: &mut ManagerState,
    position: u64,
    message: MessageId,
    handler: &Handler,
) -> Reaction {
    if let Some(active) = state.session {
        return Reaction::default().decide(Decision::TakeInput {
            session: active.session,
            message_position: position,
        });
    }
    match handler {
        // The event itself says that a person handled it.
        Handler::Person(_) => Reaction::default(),
        _ if state.awaiting_people => Reaction::default().decide(Decision::LeaveUnanswered {
            message,
            reason: UnansweredReason::AwaitingPeople,
        }),
        _ => start(conversation, state, position),
    }
}

fn start(conversation: ConversationId, state: &mut ManagerState, position: u64) -> Reaction {
    let session = session_id(conversation, position);
    state.session = Some(ActiveSession { session, bot: None });
    Reaction::default().decide(Decision::StartBot {
        session,
        message_position: position,
    })
}

/// The session that a message starts, the same on every node.
fn session_id(conversation: ConversationId, position: u64) -> SessionId {
    SessionId::new(derive(
        format!("session|{conversation}|{position}").as_bytes(),
    ))
}

fn on_handler_changed(state: &mut ManagerState, handler: &Handler, cause: ChangeCause) -> Reaction {
    if let Handler::Bot { bot, session } = handler {
        state.session = Some(ActiveSession {
            session: *session,
            bot: Some(*bot),
        });
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
    conversation: ConversationId,
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
        } => on_input_refused(conversation, state, recorded, *message, *reason),
        BotSessionEvent::HandedOver { cause, .. } => ended(state, session, release_cause(*cause)),
        BotSessionEvent::Completed { .. } => ended(state, session, Some(ChangeCause::Completed)),
        BotSessionEvent::Expired { .. } => ended(state, session, Some(ChangeCause::Expired)),
        BotSessionEvent::Failed { .. } => ended(state, session, Some(ChangeCause::BotFailed)),
        _ => reaction,
    }
}

fn on_input_refused(
    conversation: ConversationId,
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
            return met_ended_session(conversation, state, recorded.metadata.cause, message);
        }
    };
    Reaction::default().decide(Decision::LeaveUnanswered { message, reason })
}

/// A message was given to a session that had just ended: it is treated as if it had come afterwards, so
/// that a few milliseconds do not decide whether a bot answers.
fn met_ended_session(
    conversation: ConversationId,
    state: &mut ManagerState,
    message_position: Option<u64>,
    message: MessageId,
) -> Reaction {
    let unanswered =
        |reason| Reaction::default().decide(Decision::LeaveUnanswered { message, reason });
    match (&state.handler, state.session, message_position) {
        (Handler::Person(_), _, _) => unanswered(UnansweredReason::HandledByPerson),
        _ if state.awaiting_people => unanswered(UnansweredReason::AwaitingPeople),
        (_, Some(active), Some(position)) => Reaction::default().decide(Decision::TakeInput {
            session: active.session,
            message_position: position,
        }),
        (_, None, Some(position)) => start(conversation, state, position),
        (_, _, None) => unanswered(UnansweredReason::SessionEnded),
    }
}

/// The session ended by itself: release the conversation unless someone else has it already.
fn ended(state: &mut ManagerState, session: SessionId, cause: Option<ChangeCause>) -> Reaction {
    if state.is_active(session) {
        state.session = None;
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

fn on_delivery(state: &ManagerState, message: MessageId, event: &DeliveryEvent) -> Reaction {
    let (DeliveryEvent::Rejected { code, .. } | DeliveryEvent::Failed { code, .. }) = event else {
        return Reaction::default();
    };
    match state.session {
        Some(active) => Reaction::default().decide(Decision::SendFailed {
            session: active.session,
            message,
            code: code.0.clone(),
        }),
        None => Reaction::default(),
    }
}

fn on_refused(decision: &Decision, code: &str) -> Reaction {
    match decision {
        Decision::QueueReply { session, .. } if code == "stale_epoch" => Reaction::default()
            .decide(Decision::EndSession {
                session: *session,
                cause: HandOverCause::StaleEpoch,
            }),
        Decision::QueueReply {
            session, message, ..
        } => Reaction::default().decide(Decision::SendFailed {
            session: *session,
            message: *message,
            code: code.to_owned(),
        }),
        _ => Reaction::default(),
    }
}

fn on_poisoned(decision: &Decision) -> Reaction {
    let session = match decision {
        Decision::StartBot { session, .. }
        | Decision::TakeInput { session, .. }
        | Decision::QueueReply { session, .. }
        | Decision::SetAttribute { session, .. }
        | Decision::AssignTag { session, .. }
        | Decision::CreateDeal { session, .. }
        | Decision::ExpireSession { session, .. }
        | Decision::SendFailed { session, .. } => *session,
        // What ends a session or records a reason must not start over for ever.
        Decision::ReleaseBot { .. }
        | Decision::EndSession { .. }
        | Decision::FailSession { .. }
        | Decision::LeaveUnanswered { .. } => return Reaction::default(),
    };
    Reaction::default()
        .decide(Decision::FailSession {
            session,
            reason: FailReason::Poison,
        })
        .decide(Decision::ReleaseBot {
            session,
            cause: ChangeCause::BotFailed,
        })
}
