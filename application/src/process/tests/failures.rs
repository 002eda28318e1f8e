//! What fails: sends, and decisions that cannot be carried out.

use domain::conversation::CancelReason;
use domain::delivery::{DeliveryEvent, FailureCode, FailureText, Report};

use super::*;

#[test]
fn stale_reply_ends_the_session_and_any_other_refusal_is_a_failed_send() {
    let reply = Decision::QueueReply {
        session: session(),
        composed_position: 11,
        message: message(),
    };
    let refused = |code: &str| Input::Refused {
        decision: reply.clone(),
        code: code.to_owned(),
    };
    let end = Decision::EndSession {
        session: session(),
        cause: HandOverCause::StaleEpoch,
    };
    check(with_session(), &refused("stale_epoch"), &[end]);
    let failed = Decision::SendFailed {
        session: session(),
        message: message(),
        code: "window_closed".to_owned(),
    };
    check(with_session(), &refused("window_closed"), &[failed]);
}

fn of_delivery(data: DeliveryEvent) -> Input {
    event(12, aggregate_type::DELIVERY, message().as_uuid(), data)
}

fn rejected() -> DeliveryEvent {
    DeliveryEvent::Rejected {
        conversation: conversation(),
        contact: ContactId::new(Uuid::from_u128(8)),
        at: AT,
        code: FailureCode("recipient_unavailable".to_owned()),
        meta_code: Some(131_026),
        personal: FailureText {
            title: "t".to_owned(),
            detail: None,
        }
        .into(),
    }
}

#[test]
fn rejected_delivery_is_told_to_the_running_session_only() {
    let input = of_delivery(rejected());
    let failed = Decision::SendFailed {
        session: session(),
        message: message(),
        code: "recipient_unavailable".to_owned(),
    };
    check(with_session(), &input, &[failed]);
    check(free(), &input, &[]);
}

fn after_the_end() -> ManagerState {
    ManagerState {
        ended: Some(session()),
        ..free()
    }
}

fn await_people(failed: Option<MessageId>, cause: ChangeCause, late: bool) -> Decision {
    Decision::AwaitPeople {
        session: session(),
        failed,
        cause,
        while_window_open: late,
    }
}

#[test]
fn failed_send_of_a_session_that_has_ended_is_told_to_people() {
    let rejected = of_delivery(rejected());
    let failed = of_delivery(DeliveryEvent::Failed {
        report: Report {
            conversation: conversation(),
            contact: ContactId::new(Uuid::from_u128(8)),
            received_at: AT,
            provider_at: AT,
            pricing: None,
        },
        code: FailureCode("recipient_unavailable".to_owned()),
        meta_code: None,
        personal: FailureText {
            title: "t".to_owned(),
            detail: None,
        }
        .into(),
    });
    for (input, late) in [(&rejected, false), (&failed, true)] {
        let told = await_people(Some(message()), ChangeCause::SendFailed, late);
        check(after_the_end(), input, &[told]);
    }
    let handled = ManagerState {
        handler: person(),
        ..after_the_end()
    };
    check(handled, &rejected, &[]);
    let awaited = ManagerState {
        awaiting_people: true,
        ..after_the_end()
    };
    check(awaited, &rejected, &[]);
}

#[test]
fn session_that_ended_is_remembered_until_someone_else_handles() {
    let completed = of_session(BotSessionEvent::Completed {
        at: AT,
        node: "m".to_owned(),
        missing_branch: None,
    });
    let mut state = with_session();
    react(instance(), &mut state, &completed);
    let released = handler_changed(Handler::Nobody, ChangeCause::Completed, false);
    react(instance(), &mut state, &released);
    assert_eq!(state.ended, Some(session()));
    let taken = handler_changed(person(), ChangeCause::TakenOver, false);
    react(instance(), &mut state, &taken);
    assert_eq!(state.ended, None);
}

#[test]
fn last_words_refused_by_the_guard_are_told_to_people() {
    let refused = Input::Refused {
        decision: Decision::QueueReply {
            session: session(),
            composed_position: 11,
            message: message(),
        },
        code: "window_closed".to_owned(),
    };
    let told = await_people(Some(message()), ChangeCause::SendFailed, false);
    check(after_the_end(), &refused, &[told]);
}

#[test]
fn message_that_the_guard_cancels_before_it_leaves_is_a_failed_send() {
    let canceled = |reason| {
        let data = ConversationEvent::MessageCanceled {
            message: message(),
            at: AT,
            reason,
        };
        let id = conversation().as_uuid();
        event(12, aggregate_type::CONVERSATION, id, data)
    };
    for (reason, code) in [
        (CancelReason::WindowClosed, "window_closed"),
        (CancelReason::NumberRemoved, "number_removed"),
    ] {
        let failed = Decision::SendFailed {
            session: session(),
            message: message(),
            code: code.to_owned(),
        };
        check(with_session(), &canceled(reason), &[failed]);
    }
    check(with_session(), &canceled(CancelReason::TurnRejected), &[]);
}

#[test]
fn poisoned_decision_hands_the_conversation_to_people_without_looping() {
    let take = Decision::TakeInput {
        session: session(),
        message_position: 7,
    };
    let fail = Decision::FailSession {
        session: session(),
        reason: FailReason::Poison,
    };
    let release = Decision::ReleaseBot {
        session: session(),
        cause: ChangeCause::BotFailed,
    };
    let told = await_people(None, ChangeCause::BotFailed, false);
    let left = Decision::LeaveUnansweredAt {
        message_position: 7,
        reason: UnansweredReason::BotFailed,
    };
    for silent in [&told, &left] {
        let decision = silent.clone();
        check(with_session(), &Input::Poisoned { decision }, &[]);
    }
    check(
        with_session(),
        &Input::Poisoned { decision: take },
        &[fail.clone(), release.clone(), told, left],
    );
    check(with_session(), &Input::Poisoned { decision: fail }, &[]);
    check(with_session(), &Input::Poisoned { decision: release }, &[]);
}
