//! What bots may do.

use super::*;
use crate::conversation::{ConversationError, QueueReply, UnansweredReason};
use crate::send_guard::SendRefusal;
use crate::stream::StreamAggregate;

fn engage(expected_epoch: u64) -> ConversationCommand {
    let trigger = Some(message(1));
    ConversationCommand::EngageBot {
        now: at(2),
        bot: BOT,
        session: SESSION,
        expected_epoch,
        trigger,
    }
}

fn reply(epoch: u64, seconds: i64) -> QueueReply {
    QueueReply {
        now: at(seconds),
        message: message(5),
        bot: BOT,
        version: 7,
        session: SESSION,
        turn: 1,
        node: "welcome".to_owned(),
        epoch,
        content: Content::text("hello"),
        number: OPEN_NUMBER,
    }
}

fn release(cause: ChangeCause) -> ConversationCommand {
    ConversationCommand::ReleaseBot {
        now: at(9),
        session: SESSION,
        cause,
    }
}

#[tokio::test]
async fn bot_takes_a_free_conversation() {
    given(open())
        .when_async(engage(0))
        .await
        .then_expect_events(vec![ConversationEvent::HandlerChanged {
            at: at(2),
            handler: bot(),
            epoch: 1,
            cause: ChangeCause::BotStarted,
            awaiting_people_since: None,
            trigger: Some(message(1)),
        }]);
}

#[tokio::test]
async fn no_bot_starts_where_someone_handles_is_awaited_or_it_is_closed() {
    let closed = [open(), vec![closed(5)]].concat();
    for (events, epoch) in [
        (with_bot(), 1),
        (with_anna(), 1),
        (awaiting(), 2),
        (closed, 0),
    ] {
        given(events)
            .when_async(engage(epoch))
            .await
            .then_expect_error(ConversationError::NotFree);
    }
}

#[tokio::test]
async fn no_bot_starts_on_an_epoch_that_passed() {
    let freed = changed(4, Handler::Nobody, 2, ChangeCause::Completed);
    given([with_bot(), vec![freed]].concat())
        .when_async(engage(0))
        .await
        .then_expect_error(ConversationError::StaleEpoch);
}

#[tokio::test]
async fn bot_in_charge_says_something() {
    given(with_bot())
        .when_async(ConversationCommand::QueueReply(reply(1, 3)))
        .await
        .then_expect_events(vec![ConversationEvent::MessageQueued {
            message: message(5),
            at: at(3),
            author: Author::Bot {
                bot: BOT,
                version: 7,
                session: SESSION,
                turn: 1,
                node: "welcome".to_owned(),
            },
            epoch: 1,
            message_type: MessageType::Text,
            reply_to: None,
            repeats: None,
            personal: QueuedMessage {
                content: Content::text("hello"),
                reply_to_wamid: None,
            }
            .into(),
        }]);
}

#[tokio::test]
async fn bot_not_in_charge_says_nothing() {
    let other = QueueReply {
        session: SessionId::new(Uuid::from_u128(99)),
        ..reply(1, 3)
    };
    for (events, reply) in [
        (with_bot(), reply(0, 3)),
        (with_bot(), other),
        (with_anna(), reply(1, 3)),
        (awaiting(), reply(2, 3)),
    ] {
        given(events)
            .when_async(ConversationCommand::QueueReply(reply))
            .await
            .then_expect_error(ConversationError::StaleEpoch);
    }
}

#[tokio::test]
async fn bot_passes_the_send_guard() {
    let late = reply(1, 24 * 3600 - 59);
    let inactive = NumberFacts {
        is_active: false,
        is_removed: false,
    };
    let off = QueueReply {
        number: inactive,
        ..reply(1, 3)
    };
    for (reply, refusal) in [
        (late, SendRefusal::WindowClosed),
        (off, SendRefusal::NumberInactive),
    ] {
        given(with_bot())
            .when_async(ConversationCommand::QueueReply(reply))
            .await
            .then_expect_error(ConversationError::Refused(refusal));
    }
}

#[tokio::test]
async fn release_awaits_people_unless_the_bot_came_to_its_end() {
    for (cause, awaited) in [
        (ChangeCause::Completed, None),
        (ChangeCause::Expired, None),
        (ChangeCause::HandedOver, Some(at(9))),
        (ChangeCause::SendFailed, Some(at(9))),
        (ChangeCause::NotUnderstood, Some(at(9))),
        (ChangeCause::BotFailed, Some(at(9))),
    ] {
        given(with_bot())
            .when_async(release(cause))
            .await
            .then_expect_events(vec![ConversationEvent::HandlerChanged {
                at: at(9),
                handler: Handler::Nobody,
                epoch: 2,
                cause,
                awaiting_people_since: awaited,
                trigger: None,
            }]);
    }
}

#[tokio::test]
async fn release_by_a_bot_not_in_charge_changes_nothing() {
    for events in [open(), with_anna(), awaiting()] {
        given(events)
            .when_async(release(ChangeCause::HandedOver))
            .await
            .then_expect_events(vec![]);
    }
}

fn await_people(seconds: i64, while_window_open: bool) -> ConversationCommand {
    ConversationCommand::AwaitPeople {
        now: at(seconds),
        session: SESSION,
        cause: ChangeCause::SendFailed,
        while_window_open,
    }
}

#[tokio::test]
async fn people_are_awaited_for_what_a_session_could_not_say() {
    for (events, epoch) in [(open(), 1), (with_bot(), 2)] {
        given(events)
            .when_async(await_people(9, true))
            .await
            .then_expect_events(vec![ConversationEvent::HandlerChanged {
                at: at(9),
                handler: Handler::Nobody,
                epoch,
                cause: ChangeCause::SendFailed,
                awaiting_people_since: Some(at(9)),
                trigger: None,
            }]);
    }
}

#[tokio::test]
async fn people_are_not_awaited_where_someone_has_the_conversation() {
    let other = Handler::Bot {
        bot: BOT,
        session: SessionId::new(Uuid::from_u128(99)),
    };
    let taken = [open(), vec![changed(2, other, 1, ChangeCause::BotStarted)]].concat();
    let closed = [open(), vec![closed(5)]].concat();
    for events in [with_anna(), awaiting(), taken, closed] {
        given(events)
            .when_async(await_people(9, false))
            .await
            .then_expect_events(vec![]);
    }
}

#[tokio::test]
async fn late_news_of_an_old_message_awaits_nobody() {
    let tomorrow = 25 * 3600;
    given(open())
        .when_async(await_people(tomorrow, true))
        .await
        .then_expect_events(vec![]);
    assert_eq!(
        state(open())
            .decide(&await_people(tomorrow, false))
            .map(|events| events.len()),
        Ok(1)
    );
}

#[tokio::test]
async fn canceling_names_each_message() {
    let (messages, reason) = (vec![message(5), message(6)], CancelReason::TurnRejected);
    given(with_bot())
        .when_async(ConversationCommand::CancelMessages {
            now: at(4),
            messages,
            reason,
        })
        .await
        .then_expect_events(vec![canceled(5, 4, reason), canceled(6, 4, reason)]);
}

#[tokio::test]
async fn reason_for_no_answer_is_recorded() {
    let (message, reason) = (message(1), UnansweredReason::NoActiveBot);
    given(open())
        .when_async(ConversationCommand::LeaveUnanswered {
            now: at(4),
            message,
            reason,
        })
        .await
        .then_expect_events(vec![ConversationEvent::LeftUnanswered {
            message,
            at: at(4),
            reason,
        }]);
}

#[tokio::test]
async fn nothing_but_inbound_starts_a_conversation() {
    given(vec![])
        .when_async(engage(0))
        .await
        .then_expect_error(ConversationError::NotFound);
    given(vec![])
        .when_async(ConversationCommand::Send(send(5, 3, "anna")))
        .await
        .then_expect_error(ConversationError::NotFound);
}
