//! What people do: take over, write, hand back, close, reopen.

use super::*;
use crate::conversation::{ConversationError, Note};
use crate::send_guard::SendRefusal;

fn take_over(by: &str, force: bool, queued: Vec<MessageId>) -> ConversationCommand {
    ConversationCommand::TakeOver {
        now: at(9),
        by: person(by),
        force,
        note: None,
        queued_bot_messages: queued,
    }
}

fn taken(by: &str, epoch: u64) -> ConversationEvent {
    changed(
        9,
        Handler::Person(person(by)),
        epoch,
        ChangeCause::TakenOver,
    )
}

const fn hand_back(by: Person) -> ConversationCommand {
    ConversationCommand::HandBack {
        now: Timestamp::from_seconds(1_795_000_009),
        by,
        resume: None,
    }
}

fn reopened() -> ConversationEvent {
    ConversationEvent::Reopened {
        at: at(9),
        by: Some(person("anna")),
    }
}

#[tokio::test]
async fn take_over_from_a_bot_cancels_what_it_had_queued() {
    let queued = vec![message(5), message(6)];
    given(with_bot())
        .when_async(take_over("anna", false, queued))
        .await
        .then_expect_events(vec![
            taken("anna", 2),
            canceled(5, 9, CancelReason::TakenOver),
            canceled(6, 9, CancelReason::TakenOver),
        ]);
}

#[tokio::test]
async fn take_over_ends_the_waiting_for_people() {
    let event = taken("anna", 3);
    given(awaiting())
        .when_async(take_over("anna", false, vec![]))
        .await
        .then_expect_events(vec![event.clone()]);
    assert_eq!(state(awaiting()).awaiting_people_since(), Some(at(3)));
    assert_eq!(
        state([awaiting(), vec![event]].concat()).awaiting_people_since(),
        None
    );
}

#[tokio::test]
async fn take_over_from_another_person_needs_force() {
    given(with_anna())
        .when_async(take_over("boris", false, vec![]))
        .await
        .then_expect_error(ConversationError::AlreadyTaken { by: person("anna") });
    given(with_anna())
        .when_async(take_over("boris", true, vec![]))
        .await
        .then_expect_events(vec![taken("boris", 2)]);
}

#[tokio::test]
async fn take_over_again_by_the_same_person_only_leaves_a_note() {
    given(with_anna())
        .when_async(take_over("anna", false, vec![]))
        .await
        .then_expect_events(vec![]);
    let text = "calls back at five".to_owned();
    let noted = ConversationCommand::TakeOver {
        now: at(9),
        by: person("anna"),
        force: false,
        note: Some(text.clone()),
        queued_bot_messages: vec![],
    };
    given(with_anna())
        .when_async(noted)
        .await
        .then_expect_events(vec![ConversationEvent::Noted {
            at: at(9),
            by: person("anna"),
            personal: Note { text }.into(),
        }]);
}

#[tokio::test]
async fn take_over_reopens_a_closed_conversation() {
    given([open(), vec![closed(5)]].concat())
        .when_async(take_over("anna", false, vec![]))
        .await
        .then_expect_events(vec![reopened(), taken("anna", 1)]);
}

#[tokio::test]
async fn writing_takes_over_from_bot_and_from_nobody() {
    let from_bot = SendByPerson {
        queued_bot_messages: vec![message(5)],
        ..send(7, 9, "anna")
    };
    given(with_bot())
        .when_async(ConversationCommand::Send(from_bot))
        .await
        .then_expect_events(vec![
            taken("anna", 2),
            canceled(5, 9, CancelReason::TakenOver),
            queued(7, 9, "anna", 2),
        ]);
    given(awaiting())
        .when_async(ConversationCommand::Send(send(7, 9, "anna")))
        .await
        .then_expect_events(vec![taken("anna", 3), queued(7, 9, "anna", 3)]);
}

#[tokio::test]
async fn writing_may_leave_the_bot_in_charge() {
    let keeping = SendByPerson {
        keep_bot: true,
        queued_bot_messages: vec![message(5)],
        ..send(7, 9, "anna")
    };
    given(with_bot())
        .when_async(ConversationCommand::Send(keeping))
        .await
        .then_expect_events(vec![queued(7, 9, "anna", 1)]);
}

#[tokio::test]
async fn writing_where_a_person_handles_changes_no_handler() {
    for by in ["anna", "boris"] {
        given(with_anna())
            .when_async(ConversationCommand::Send(send(7, 9, by)))
            .await
            .then_expect_events(vec![queued(7, 9, by, 1)]);
    }
}

#[tokio::test]
async fn writing_reopens_a_closed_conversation() {
    given([open(), vec![closed(5)]].concat())
        .when_async(ConversationCommand::Send(send(7, 9, "anna")))
        .await
        .then_expect_events(vec![reopened(), taken("anna", 1), queued(7, 9, "anna", 1)]);
}

#[tokio::test]
async fn closed_window_rejects_free_text() {
    given(open())
        .when_async(ConversationCommand::Send(send(7, 24 * 3600, "anna")))
        .await
        .then_expect_error(ConversationError::Refused(SendRefusal::WindowClosed));
}

#[tokio::test]
async fn hand_back_frees_the_conversation_for_bots() {
    for (events, epoch) in [(with_anna(), 2), (awaiting(), 3)] {
        let freed = changed(9, Handler::Nobody, epoch, ChangeCause::HandedBack);
        given(events)
            .when_async(hand_back(person("anna")))
            .await
            .then_expect_events(vec![freed]);
    }
}

#[tokio::test]
async fn hand_back_where_no_person_holds_changes_nothing() {
    let closed = [open(), vec![closed(5)]].concat();
    for events in [open(), with_bot(), closed] {
        given(events)
            .when_async(hand_back(person("anna")))
            .await
            .then_expect_events(vec![]);
    }
}

fn close() -> ConversationCommand {
    let queued_bot_messages = vec![message(5)];
    ConversationCommand::Close {
        now: at(9),
        by: person("anna"),
        queued_bot_messages,
    }
}

#[tokio::test]
async fn closing_frees_the_handler_and_cancels_what_is_queued() {
    for (events, epoch) in [(with_bot(), 2), (with_anna(), 2), (awaiting(), 3)] {
        given(events)
            .when_async(close())
            .await
            .then_expect_events(vec![
                closed(9),
                changed(9, Handler::Nobody, epoch, ChangeCause::Closed),
                canceled(5, 9, CancelReason::Closed),
            ]);
    }
}

#[tokio::test]
async fn closing_what_nobody_handles_changes_no_handler() {
    given(open())
        .when_async(close())
        .await
        .then_expect_events(vec![closed(9), canceled(5, 9, CancelReason::Closed)]);
}

#[tokio::test]
async fn closing_again_and_reopening_again_change_nothing() {
    given([open(), vec![closed(5)]].concat())
        .when_async(close())
        .await
        .then_expect_events(vec![]);
    let reopen = ConversationCommand::Reopen {
        now: at(9),
        by: person("anna"),
    };
    given(open())
        .when_async(reopen.clone())
        .await
        .then_expect_events(vec![]);
    given([open(), vec![closed(5)]].concat())
        .when_async(reopen)
        .await
        .then_expect_events(vec![reopened()]);
}
