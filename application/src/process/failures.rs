//! What failed: sends that were refused or rejected, decisions that could not be carried out.
//!
//! Nothing a bot wanted to say is dropped in silence: its session decides, else people are awaited.

use domain::bot_session::{FailReason, HandOverCause};
use domain::conversation::{ChangeCause, Handler, UnansweredReason};
use domain::delivery::DeliveryEvent;
use domain::ids::{MessageId, SessionId};

use super::decision::Decision;
use super::react::Reaction;
use super::state::ManagerState;

pub(super) fn on_delivery(
    state: &ManagerState,
    message: MessageId,
    event: &DeliveryEvent,
) -> Reaction {
    match event {
        DeliveryEvent::Rejected { code, .. } => {
            send_failed(state, message, &code.0, Lateness::Prompt)
        }
        DeliveryEvent::Failed { code, .. } => {
            send_failed(state, message, &code.0, Lateness::MayBeLate)
        }
        _ => Reaction::default(),
    }
}

/// Whether the news of a failure may come long after the message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lateness {
    /// It comes with the attempt.
    Prompt,
    /// A status of Meta.
    MayBeLate,
}

/// The running session decides about a failed send; for one that has ended people must be told.
pub(super) fn send_failed(
    state: &ManagerState,
    message: MessageId,
    code: &str,
    lateness: Lateness,
) -> Reaction {
    match (state.session, state.ended) {
        (Some(active), _) => Reaction::default().decide(Decision::SendFailed {
            session: active.session,
            message,
            code: code.to_owned(),
        }),
        (None, Some(session)) => unsaid(state, session, message, lateness),
        (None, None) => Reaction::default(),
    }
}

fn unsaid(
    state: &ManagerState,
    session: SessionId,
    message: MessageId,
    lateness: Lateness,
) -> Reaction {
    if state.awaiting_people || matches!(state.handler, Handler::Person(_)) {
        return Reaction::default();
    }
    Reaction::default().decide(Decision::AwaitPeople {
        session,
        failed: Some(message),
        cause: ChangeCause::SendFailed,
        while_window_open: lateness == Lateness::MayBeLate,
    })
}

pub(super) fn on_refused(state: &ManagerState, decision: &Decision, code: &str) -> Reaction {
    match decision {
        Decision::QueueReply { session, .. } if code == "stale_epoch" => Reaction::default()
            .decide(Decision::EndSession {
                session: *session,
                cause: HandOverCause::StaleEpoch,
            }),
        // It said its last words in the turn that ended it.
        Decision::QueueReply {
            session, message, ..
        } if state.session.is_none() => unsaid(state, *session, *message, Lateness::Prompt),
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

pub(super) fn on_poisoned(decision: &Decision) -> Reaction {
    let session = match decision {
        Decision::StartBot { session, .. }
        | Decision::TakeInput { session, .. }
        | Decision::QueueReply { session, .. }
        | Decision::SetAttribute { session, .. }
        | Decision::AssignTag { session, .. }
        | Decision::CreateDeal { session, .. }
        | Decision::ExpireSession { session, .. }
        | Decision::ResumeSession { session, .. }
        | Decision::SendFailed { session, .. } => *session,
        // What ends a session or records a reason must not start over for ever.
        Decision::ReleaseBot { .. }
        | Decision::AwaitPeople { .. }
        | Decision::LeaveUnansweredAt { .. }
        | Decision::TellOutOfHours
        | Decision::EndSession { .. }
        | Decision::FailSession { .. }
        | Decision::LeaveUnanswered { .. } => return Reaction::default(),
    };
    let reaction = Reaction::default()
        .decide(Decision::FailSession {
            session,
            reason: FailReason::Poison,
        })
        .decide(Decision::ReleaseBot {
            session,
            cause: ChangeCause::BotFailed,
        })
        // A bot that had not engaged, or had ended, has nothing to release.
        .decide(Decision::AwaitPeople {
            session,
            failed: None,
            cause: ChangeCause::BotFailed,
            while_window_open: false,
        });
    match decision {
        Decision::StartBot {
            message_position, ..
        }
        | Decision::TakeInput {
            message_position, ..
        } => reaction.decide(Decision::LeaveUnansweredAt {
            message_position: *message_position,
            reason: UnansweredReason::BotFailed,
        }),
        _ => reaction,
    }
}
