//! What people do beside writing, and what the installation says by itself.

use super::*;
use crate::conversation::{Automation, ConversationError, Note, OutOfHours};
use crate::field::FieldError;
use crate::send_guard::SendRefusal;
use crate::stream::StreamAggregate;

fn assign(to: Option<&str>) -> ConversationCommand {
    ConversationCommand::Assign {
        now: at(9),
        to: to.map(|name| person(name).id),
        by: person("anna"),
    }
}

fn assigned(to: Option<&str>) -> ConversationEvent {
    ConversationEvent::Assigned {
        at: at(9),
        to: to.map(|name| person(name).id),
        by: person("anna"),
    }
}

#[tokio::test]
async fn it_is_assigned_once_and_freed_once() {
    let boris = assigned(Some("boris"));
    given(open())
        .when_async(assign(Some("boris")))
        .await
        .then_expect_events(vec![boris.clone()]);
    let with_boris = [open(), vec![boris]].concat();
    given(with_boris.clone())
        .when_async(assign(Some("boris")))
        .await
        .then_expect_events(vec![]);
    given(with_boris.clone())
        .when_async(assign(None))
        .await
        .then_expect_events(vec![assigned(None)]);
    given(open())
        .when_async(assign(None))
        .await
        .then_expect_events(vec![]);
    assert_eq!(state(with_boris).assignee(), Some(person("boris").id));
    given(vec![])
        .when_async(assign(None))
        .await
        .then_expect_error(ConversationError::NotFound);
}

#[tokio::test]
async fn a_note_has_one_to_4096_characters() {
    let note = |text: &str| ConversationCommand::Note {
        now: at(9),
        by: person("anna"),
        text: text.to_owned(),
    };
    let longest = "я".repeat(4096);
    given(open())
        .when_async(note(&longest))
        .await
        .then_expect_events(vec![ConversationEvent::Noted {
            at: at(9),
            by: person("anna"),
            personal: Note { text: longest }.into(),
        }]);
    for (text, actual) in [(" ", 1), ("я".repeat(4097).as_str(), 4097)] {
        given(open())
            .when_async(note(text))
            .await
            .then_expect_error(FieldError::length("note", 4096, actual).into());
    }
}

fn mark_read(up_to: Option<u128>) -> ConversationCommand {
    ConversationCommand::MarkRead {
        now: at(9),
        by: person("anna"),
        up_to: up_to.map(message),
    }
}

fn read(up_to: Option<u128>, unread: u32) -> ConversationEvent {
    ConversationEvent::ReadByOperator {
        at: at(9),
        by: person("anna"),
        up_to: up_to.map(message),
        unread,
    }
}

#[tokio::test]
async fn what_came_after_the_last_message_seen_stays_unread() {
    let more = (2..=3).map(|number| received(number, 1, Handler::Nobody, 0));
    let three: Vec<_> = open().into_iter().chain(more).collect();
    for (up_to, unread) in [(None, 0), (Some(3), 0), (Some(2), 1), (Some(1), 2)] {
        given(three.clone())
            .when_async(mark_read(up_to))
            .await
            .then_expect_events(vec![read(up_to, unread)]);
    }
    let seen = [three, vec![read(Some(2), 1)]].concat();
    assert_eq!(state(seen.clone()).unread(), 1);
    for up_to in [Some(1), Some(2), Some(77)] {
        given(seen.clone())
            .when_async(mark_read(up_to))
            .await
            .then_expect_events(vec![]);
    }
    let all = [seen, vec![read(Some(3), 0)]].concat();
    given(all)
        .when_async(mark_read(None))
        .await
        .then_expect_events(vec![]);
}

#[test]
fn a_flood_is_counted_beyond_the_messages_remembered() {
    let flood = (1..=300).map(|number| received(number, 0, Handler::Nobody, 0));
    let mut flooded = state([started()].into_iter().chain(flood).collect());
    assert_eq!(flooded.unread(), 300);
    assert_eq!(flooded.decide(&mark_read(Some(50))), Ok(vec![]));
    assert_eq!(
        flooded.decide(&mark_read(Some(299))),
        Ok(vec![read(Some(299), 1)])
    );
    flooded.apply(read(Some(299), 1));
    assert_eq!(flooded.unread(), 1);
}

fn resume() -> ConversationCommand {
    ConversationCommand::HandBack {
        now: at(9),
        by: person("anna"),
        resume: Some((BOT, SESSION)),
    }
}

#[tokio::test]
async fn the_run_that_left_the_conversation_to_people_goes_on() {
    let taken = changed(
        5,
        Handler::Person(person("anna")),
        2,
        ChangeCause::TakenOver,
    );
    for (events, epoch) in [
        (awaiting(), 3),
        ([with_bot(), vec![taken.clone()]].concat(), 3),
        ([awaiting(), vec![taken]].concat(), 3),
    ] {
        assert_eq!(state(events.clone()).left_run(), Some((BOT, SESSION)));
        let resumed = changed(9, bot(), epoch, ChangeCause::Resumed);
        given(events.clone())
            .when_async(resume())
            .await
            .then_expect_events(vec![resumed.clone()]);
        let after = state([events, vec![resumed]].concat());
        assert_eq!((after.left_run(), after.handler()), (None, &bot()));
    }
}

#[tokio::test]
async fn a_run_that_ended_or_was_replaced_is_not_taken_up() {
    let ended = changed(3, Handler::Nobody, 2, ChangeCause::Completed);
    let anna = changed(
        5,
        Handler::Person(person("anna")),
        3,
        ChangeCause::TakenOver,
    );
    for events in [with_anna(), [with_bot(), vec![ended, anna]].concat()] {
        let epoch = state(events.clone()).epoch() + 1;
        given(events)
            .when_async(resume())
            .await
            .then_expect_events(vec![changed(
                9,
                Handler::Nobody,
                epoch,
                ChangeCause::HandedBack,
            )]);
    }
}

fn tell(is_open: bool) -> ConversationCommand {
    ConversationCommand::TellOutOfHours(OutOfHours {
        now: at(9),
        message: message(8),
        is_open,
        text: Some("Tomorrow".to_owned()),
        number: OPEN_NUMBER,
    })
}

fn told(epoch: u64) -> ConversationEvent {
    ConversationEvent::MessageQueued {
        message: message(8),
        at: at(9),
        author: Author::Automation(Automation::OutOfHours),
        epoch,
        message_type: MessageType::Text,
        reply_to: None,
        repeats: None,
        personal: QueuedMessage {
            content: Content::text("Tomorrow"),
            reply_to_wamid: None,
        }
        .into(),
    }
}

#[tokio::test]
async fn a_customer_who_waits_out_of_hours_is_told_once() {
    for (events, epoch) in [(open(), 0), (awaiting(), 2)] {
        given(events.clone())
            .when_async(tell(false))
            .await
            .then_expect_events(vec![told(epoch)]);
        given(events.clone())
            .when_async(tell(true))
            .await
            .then_expect_events(vec![]);
        given([events.clone(), vec![told(epoch)]].concat())
            .when_async(tell(false))
            .await
            .then_expect_events(vec![]);
        let silent = OutOfHours {
            now: at(9),
            message: message(8),
            is_open: false,
            text: None,
            number: OPEN_NUMBER,
        };
        given(events)
            .when_async(ConversationCommand::TellOutOfHours(silent))
            .await
            .then_expect_events(vec![]);
    }
}

#[tokio::test]
async fn whom_someone_handles_is_told_nothing() {
    let closed = [open(), vec![closed(5)]].concat();
    for events in [with_bot(), with_anna(), closed] {
        given(events)
            .when_async(tell(false))
            .await
            .then_expect_events(vec![]);
    }
}

#[tokio::test]
async fn an_answer_a_bot_or_handing_back_ends_the_waiting() {
    let answered = vec![queued(7, 5, "anna", 0)];
    let handed_back = vec![
        changed(
            5,
            Handler::Person(person("anna")),
            1,
            ChangeCause::TakenOver,
        ),
        changed(6, Handler::Nobody, 2, ChangeCause::HandedBack),
    ];
    let by_bot = vec![
        changed(5, bot(), 1, ChangeCause::BotStarted),
        changed(6, Handler::Nobody, 2, ChangeCause::Completed),
    ];
    for (end, epoch) in [(answered, 0), (handed_back, 2), (by_bot, 2)] {
        given([open(), vec![told(0)], end].concat())
            .when_async(tell(false))
            .await
            .then_expect_events(vec![told(epoch)]);
    }
    let still_waiting = ConversationEvent::HandlerChanged {
        at: at(6),
        handler: Handler::Nobody,
        epoch: 1,
        cause: ChangeCause::SendFailed,
        awaiting_people_since: Some(at(6)),
        trigger: None,
    };
    given([open(), vec![told(0), still_waiting]].concat())
        .when_async(tell(false))
        .await
        .then_expect_events(vec![]);
}

#[tokio::test]
async fn the_guard_is_asked_for_automatic_texts_too() {
    let ConversationCommand::TellOutOfHours(told) = tell(false) else {
        return;
    };
    let late = OutOfHours {
        now: at(24 * 3600),
        ..told
    };
    given(open())
        .when_async(ConversationCommand::TellOutOfHours(late))
        .await
        .then_expect_error(ConversationError::Refused(SendRefusal::WindowClosed));
}
