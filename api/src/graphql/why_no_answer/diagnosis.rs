//! From facts to codes, without reading anything.

use domain::bot_session::RefusedReason;
use domain::conversation::{CancelReason, UnansweredReason};
use projections::message::{MessageStatus, SendState};

use super::facts::{Facts, Now, Reply, Run};

/// What is told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Diagnosis {
    pub(super) answered: bool,
    pub(super) reasons: Vec<&'static str>,
    pub(super) now: Vec<&'static str>,
}

/// What the facts mean.
pub(super) fn of(facts: &Facts) -> Diagnosis {
    let mut reasons = Vec::new();
    let mut add = |code| {
        if !reasons.contains(&code) {
            reasons.push(code);
        }
    };
    let by_bot = facts.replies.iter().any(has_left);
    if facts.message.is_none() {
        add("nothing_received");
    }
    if by_bot {
        add("answered_by_bot");
    }
    for reply in facts.replies.iter().filter(|reply| !has_left(reply)) {
        add(held_back(reply));
    }
    if facts.person_wrote {
        add("answered_by_person");
    }
    if let Some(reason) = facts.unanswered {
        add(unanswered(reason));
    }
    if facts.came_to_person {
        add("handled_by_person");
    }
    match facts.run {
        Some(Run::Refused(reason)) => add(refused(reason)),
        Some(Run::Started | Run::Took) if facts.replies.is_empty() => add("scenario_is_silent"),
        _ => {}
    }
    if facts.bot_waits {
        add("bot_waits");
    }
    if facts.is_closed {
        add("conversation_closed");
    }
    if reasons.is_empty() {
        reasons.push("in_progress");
    }
    Diagnosis {
        answered: by_bot || facts.person_wrote,
        reasons,
        now: now(facts.now),
    }
}

fn has_left(reply: &Reply) -> bool {
    reply.view.as_ref().is_some_and(|view| {
        matches!(
            view.status,
            MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read
        )
    })
}

/// Why a reply has not reached the customer.
fn held_back(reply: &Reply) -> &'static str {
    if let Some(reason) = reply.canceled {
        return match reason {
            CancelReason::TakenOver => "reply_canceled_taken_over",
            CancelReason::Closed => "reply_canceled_closed",
            CancelReason::TurnRejected => "reply_canceled_turn_rejected",
            CancelReason::NumberRemoved => "reply_canceled_number_removed",
            CancelReason::WindowClosed => "reply_canceled_window_closed",
        };
    }
    let Some(view) = &reply.view else {
        return "reply_not_queued";
    };
    match (view.status, view.send_state) {
        (MessageStatus::Failed, _) | (_, Some(SendState::Rejected)) => "reply_refused",
        (_, Some(SendState::Unknown)) => "reply_unknown",
        _ => "reply_waits",
    }
}

const fn unanswered(reason: UnansweredReason) -> &'static str {
    match reason {
        UnansweredReason::HandledByPerson => "handled_by_person",
        UnansweredReason::NoActiveBot => "no_active_bot",
        UnansweredReason::NumberInactive => "number_inactive",
        UnansweredReason::AwaitingPeople => "awaiting_people",
        UnansweredReason::BeforeQuestion => "before_question",
        UnansweredReason::Unreadable => "unreadable",
        UnansweredReason::SessionEnded => "session_ended",
        UnansweredReason::BotFailed => "bot_failed",
        UnansweredReason::TooOld => "too_old",
    }
}

const fn refused(reason: RefusedReason) -> &'static str {
    match reason {
        RefusedReason::BeforeQuestion => "before_question",
        RefusedReason::Unreadable => "unreadable",
        RefusedReason::NotUnderstood => "not_understood",
        RefusedReason::SessionEnded => "session_ended",
    }
}

fn now(now: Now) -> Vec<&'static str> {
    let table = [
        (now.number_is_removed, "number_removed"),
        (
            now.number_is_inactive && !now.number_is_removed,
            "number_inactive",
        ),
        (now.sending_is_held, "sending_held"),
        (now.token_is_refused, "token_refused"),
        (now.has_no_bot, "no_active_bot"),
        (now.is_handled_by_person, "handled_by_person"),
        (now.awaits_people, "awaiting_people"),
    ];
    let found = table.into_iter().filter(|(is_so, _)| *is_so);
    found.map(|(_, code)| code).collect()
}
