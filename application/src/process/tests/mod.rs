//! Every reaction and its duplicate: given a state, when an input comes, then exactly these decisions.

mod failures;

use std::sync::Arc;

use domain::any_event::{AnyEvent, aggregate_type};
use domain::bot::BlobHash;
use domain::bot_session::{
    Action, BotSessionEvent, Composed, FailReason, HandOverCause, RefusedReason, VariableValue,
    WaitKind,
};
use domain::conversation::{
    ChangeCause, ConversationEvent, Handler, Person, PersonKind, ReceivedMessage, UnansweredReason,
};
use domain::ids::{
    BotId, CommandId, ContactId, ConversationId, DealId, MessageId, NumberId, SessionId, TokenId,
};
use domain::message::{Content, MessageType};
use domain::personal::Personal;
use domain::time::Timestamp;
use uuid::Uuid;

use super::{ActiveSession, Decision, Input, Instance, ManagerState, Reaction, react};
use crate::ports::event_log::{Metadata, RecordedEvent, StreamId};

const AT: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn conversation() -> ConversationId {
    ConversationId::new(Uuid::from_u128(1))
}

fn instance() -> Instance {
    Instance {
        conversation: conversation(),
        log_epoch: Uuid::from_u128(100),
    }
}

fn session() -> SessionId {
    SessionId::new(Uuid::from_u128(2))
}

fn bot() -> BotId {
    BotId::new(Uuid::from_u128(3))
}

fn message() -> MessageId {
    MessageId::new(Uuid::from_u128(4))
}

fn person() -> Handler {
    Handler::Person(Person {
        id: TokenId::new(Uuid::from_u128(5)),
        kind: PersonKind::Operator,
    })
}

fn event(position: u64, aggregate: &'static str, id: Uuid, data: impl Into<AnyEvent>) -> Input {
    Input::Event(Arc::new(RecordedEvent {
        position,
        stream: StreamId {
            aggregate_type: aggregate,
            id,
        },
        sequence: 1,
        event_type: String::new(),
        event_version: "1".to_owned(),
        data: data.into(),
        metadata: Metadata {
            actor: "bot".to_owned(),
            cause: Some(7),
        },
        command_id: CommandId::new(Uuid::nil()),
        recorded_at: AT,
        subject: None,
        lane: 0,
    }))
}

fn received(position: u64, handler: Handler) -> Input {
    let data = ConversationEvent::MessageReceived {
        message: message(),
        received_at: AT,
        provider_at: AT,
        message_type: MessageType::Text,
        reply_to: None,
        handler,
        epoch: 0,
        personal: Personal::Open(ReceivedMessage {
            content: Content::text("hi"),
            wamid: "wamid.x".to_owned(),
            quote: None,
            referral: None,
            group_id: None,
        }),
    };
    event(
        position,
        aggregate_type::CONVERSATION,
        conversation().as_uuid(),
        data,
    )
}

fn handler_changed(handler: Handler, cause: ChangeCause, awaiting: bool) -> Input {
    let data = ConversationEvent::HandlerChanged {
        at: AT,
        handler,
        epoch: 3,
        cause,
        awaiting_people_since: awaiting.then_some(AT),
        trigger: None,
    };
    event(
        9,
        aggregate_type::CONVERSATION,
        conversation().as_uuid(),
        data,
    )
}

fn of_session(data: BotSessionEvent) -> Input {
    event(11, aggregate_type::BOT_SESSION, session().as_uuid(), data)
}

fn value() -> Personal<VariableValue> {
    VariableValue {
        value: "v".to_owned(),
    }
    .into()
}

fn free() -> ManagerState {
    ManagerState::default()
}

fn with_session() -> ManagerState {
    ManagerState {
        handler: Handler::Bot {
            bot: bot(),
            session: session(),
        },
        epoch: 1,
        awaiting_people: false,
        session: Some(ActiveSession {
            session: session(),
            bot: Some(bot()),
        }),
        ended: None,
    }
}

fn check(
    mut state: ManagerState,
    input: &Input,
    decisions: &[Decision],
) -> (ManagerState, Reaction) {
    let reaction = react(instance(), &mut state, input);
    assert_eq!(reaction.decisions, decisions);
    (state, reaction)
}

#[test]
fn message_that_nobody_handles_starts_the_bot_once() {
    let mut state = free();
    let reaction = react(instance(), &mut state, &received(7, Handler::Nobody));
    let [
        Decision::StartBot {
            session,
            message_position: 7,
        },
    ] = reaction.decisions[..]
    else {
        panic!("expected a start, got {reaction:?}");
    };
    // A second message before the start was carried out goes to the session that is starting.
    check(
        state,
        &received(8, Handler::Nobody),
        &[Decision::TakeInput {
            session,
            message_position: 8,
        }],
    );
}

#[test]
fn message_at_a_person_needs_no_decision() {
    check(
        ManagerState {
            handler: person(),
            ..free()
        },
        &received(7, person()),
        &[],
    );
}

#[test]
fn message_while_people_are_awaited_is_left_to_them_with_the_reason() {
    let state = ManagerState {
        awaiting_people: true,
        ..free()
    };
    let left = Decision::LeaveUnanswered {
        message: message(),
        reason: UnansweredReason::AwaitingPeople,
    };
    let decisions = [left, Decision::TellOutOfHours];
    check(state, &received(7, Handler::Nobody), &decisions);
}

#[test]
fn message_during_a_session_is_its_input() {
    let handler = Handler::Bot {
        bot: bot(),
        session: session(),
    };
    let take = Decision::TakeInput {
        session: session(),
        message_position: 7,
    };
    check(with_session(), &received(7, handler), &[take]);
}

#[test]
fn start_that_found_no_bot_leaves_no_session_behind() {
    let mut state = free();
    react(instance(), &mut state, &received(7, Handler::Nobody));
    let left = ConversationEvent::LeftUnanswered {
        message: message(),
        at: AT,
        reason: UnansweredReason::NoActiveBot,
    };
    let input = event(
        8,
        aggregate_type::CONVERSATION,
        conversation().as_uuid(),
        left,
    );
    let (state, _) = check(state, &input, &[Decision::TellOutOfHours]);
    assert_eq!(state.session, None);
}

#[test]
fn take_over_ends_the_session_once_and_drops_its_timer() {
    let input = handler_changed(person(), ChangeCause::TakenOver, false);
    let end = Decision::EndSession {
        session: session(),
        cause: HandOverCause::TakenOver,
    };
    let (state, reaction) = check(with_session(), &input, &[end]);
    assert_eq!(reaction.drop_timer, Some(session()));
    check(state, &input, &[]);
}

#[test]
fn closing_ends_the_session() {
    let input = handler_changed(Handler::Nobody, ChangeCause::Closed, false);
    let end = Decision::EndSession {
        session: session(),
        cause: HandOverCause::Closed,
    };
    check(with_session(), &input, &[end]);
}

#[test]
fn engaged_bot_becomes_the_active_session() {
    let handler = Handler::Bot {
        bot: bot(),
        session: session(),
    };
    let input = handler_changed(handler, ChangeCause::BotStarted, false);
    let (state, _) = check(free(), &input, &[]);
    assert_eq!(
        state.session,
        Some(ActiveSession {
            session: session(),
            bot: Some(bot())
        })
    );
}

#[test]
fn what_a_session_decides_is_relayed() {
    let composed = BotSessionEvent::MessageComposed {
        message: message(),
        turn: 1,
        node: "n".to_owned(),
        personal: Composed {
            content: Content::text("hello"),
        }
        .into(),
    };
    let queue = Decision::QueueReply {
        session: session(),
        composed_position: 11,
        message: message(),
    };
    check(with_session(), &of_session(composed), &[queue]);

    let set = BotSessionEvent::VariableSet {
        name: "customer_name".to_owned(),
        node: "q".to_owned(),
        personal: value(),
    };
    let decision = Decision::SetAttribute {
        contact: None,
        session: session(),
        value_position: 11,
    };
    check(
        with_session(),
        &of_session(set),
        std::slice::from_ref(&decision),
    );

    let deal = DealId::new(Uuid::from_u128(6));
    let actions = [
        (
            Action::SaveToCrm {
                field: "phone".to_owned(),
            },
            vec![decision],
        ),
        (
            Action::AssignTag,
            vec![Decision::AssignTag {
                session: session(),
                value_position: 11,
            }],
        ),
        (
            Action::CreateDeal { deal },
            vec![Decision::CreateDeal {
                session: session(),
                deal,
                value_position: 11,
            }],
        ),
        (Action::HumanTakeover, vec![]),
    ];
    for (action, decisions) in actions {
        let taken = BotSessionEvent::ActionTaken {
            node: "a".to_owned(),
            action,
            personal: value(),
        };
        check(with_session(), &of_session(taken), &decisions);
    }
}

#[test]
fn waiting_sets_the_timer_of_that_wait() {
    let waiting = BotSessionEvent::Waiting {
        wait: 2,
        node: "q".to_owned(),
        kind: WaitKind::Answer,
        question: message(),
        since: AT,
        expires_at: AT.plus_seconds(60),
    };
    let (_, reaction) = check(with_session(), &of_session(waiting), &[]);
    assert_eq!(
        reaction.set_timer,
        Some((session(), 2, AT.plus_seconds(60)))
    );
}

#[test]
fn timer_expires_the_active_session_only() {
    let fired = Input::TimerFired {
        session: session(),
        wait: 2,
    };
    let expire = Decision::ExpireSession {
        session: session(),
        wait: 2,
    };
    let (_, reaction) = check(with_session(), &fired, &[expire]);
    assert_eq!(reaction.drop_timer, Some(session()));
    let (_, reaction) = check(free(), &fired, &[]);
    assert_eq!(reaction.drop_timer, Some(session()));
}

#[test]
fn session_that_ends_by_itself_releases_the_conversation() {
    let ends = [
        (
            BotSessionEvent::Completed {
                at: AT,
                node: "m".to_owned(),
                missing_branch: None,
            },
            ChangeCause::Completed,
        ),
        (
            BotSessionEvent::Expired { at: AT, wait: 1 },
            ChangeCause::Expired,
        ),
        (
            BotSessionEvent::Failed {
                at: AT,
                node: None,
                reason: FailReason::TooManySteps,
            },
            ChangeCause::BotFailed,
        ),
        (
            handed_over(HandOverCause::Scenario),
            ChangeCause::HandedOver,
        ),
        (
            handed_over(HandOverCause::NotUnderstood),
            ChangeCause::NotUnderstood,
        ),
        (
            handed_over(HandOverCause::SendFailed),
            ChangeCause::SendFailed,
        ),
    ];
    for (end, cause) in ends {
        let release = Decision::ReleaseBot {
            session: session(),
            cause,
        };
        let (state, reaction) = check(with_session(), &of_session(end), &[release]);
        assert_eq!(state.session, None);
        assert_eq!(reaction.drop_timer, Some(session()));
    }
}

#[test]
fn session_ended_by_others_releases_nothing() {
    for cause in [
        HandOverCause::TakenOver,
        HandOverCause::Closed,
        HandOverCause::StaleEpoch,
    ] {
        let state = ManagerState {
            handler: person(),
            ..with_session()
        };
        check(state, &of_session(handed_over(cause)), &[]);
    }
}

#[test]
fn session_that_is_handed_back_to_goes_on_though_its_end_comes_late() {
    let taken = handler_changed(person(), ChangeCause::TakenOver, false);
    let end = Decision::EndSession {
        session: session(),
        cause: HandOverCause::TakenOver,
    };
    let (state, _) = check(with_session(), &taken, &[end]);
    let handler = with_session().handler;
    let resumed = handler_changed(handler, ChangeCause::Resumed, false);
    let resume = Decision::ResumeSession {
        session: session(),
        epoch: 3,
    };
    let (state, _) = check(state, &resumed, &[resume]);
    let active = state.session;
    assert!(state.is_active(session()));
    let late = of_session(handed_over(HandOverCause::TakenOver));
    let (state, reaction) = check(state, &late, &[]);
    assert_eq!((state.session, reaction.drop_timer), (active, None));
}

#[test]
fn customer_left_to_people_is_told_of_the_hours() {
    let handed_over = handler_changed(Handler::Nobody, ChangeCause::HandedOver, true);
    let (state, _) = check(free(), &handed_over, &[Decision::TellOutOfHours]);
    assert!(state.awaiting_people);
    let refused = Input::Refused {
        decision: Decision::TellOutOfHours,
        code: "window_closed".to_owned(),
    };
    check(state, &refused, &[]);
}

fn handed_over(cause: HandOverCause) -> BotSessionEvent {
    BotSessionEvent::HandedOver {
        at: AT,
        node: None,
        cause,
        code: None,
    }
}

fn input_refused(reason: RefusedReason) -> Input {
    of_session(BotSessionEvent::InputRefused {
        at: AT,
        message: message(),
        wait: Some(1),
        reason,
    })
}

#[test]
fn refused_input_is_recorded_with_its_reason() {
    for (reason, recorded) in [
        (
            RefusedReason::BeforeQuestion,
            UnansweredReason::BeforeQuestion,
        ),
        (RefusedReason::Unreadable, UnansweredReason::Unreadable),
    ] {
        let left = Decision::LeaveUnanswered {
            message: message(),
            reason: recorded,
        };
        check(with_session(), &input_refused(reason), &[left]);
    }
    check(
        with_session(),
        &input_refused(RefusedReason::NotUnderstood),
        &[],
    );
}

#[test]
fn message_that_met_an_ended_session_starts_anew_unless_people_have_the_conversation() {
    let refused = input_refused(RefusedReason::SessionEnded);
    let mut state = free();
    let reaction = react(instance(), &mut state, &refused);
    assert!(matches!(
        reaction.decisions[..],
        [Decision::StartBot {
            message_position: 7,
            ..
        }]
    ));

    let left = |reason| {
        [Decision::LeaveUnanswered {
            message: message(),
            reason,
        }]
    };
    check(
        ManagerState {
            handler: person(),
            ..free()
        },
        &refused,
        &left(UnansweredReason::HandledByPerson),
    );
    check(
        ManagerState {
            awaiting_people: true,
            ..free()
        },
        &refused,
        &left(UnansweredReason::AwaitingPeople),
    );
}

#[test]
fn restored_log_gives_the_same_position_another_session() {
    let start = |log_epoch| {
        let instance = Instance {
            log_epoch: Uuid::from_u128(log_epoch),
            ..instance()
        };
        let mut state = free();
        react(instance, &mut state, &received(7, Handler::Nobody));
        state.session
    };
    assert_eq!(start(1), start(1));
    assert_ne!(start(1), start(2));
}

#[test]
fn started_session_and_its_steps_decide_nothing_by_themselves() {
    let started = BotSessionEvent::Started {
        session: session(),
        at: AT,
        conversation: conversation(),
        contact: ContactId::new(Uuid::from_u128(8)),
        number: NumberId::new(Uuid::from_u128(9)),
        bot: bot(),
        version: 1,
        definition: BlobHash("0".repeat(64)),
        epoch: 1,
        trigger: None,
    };
    check(with_session(), &of_session(started), &[]);
    let entered = BotSessionEvent::NodeEntered {
        turn: 1,
        node: "n".to_owned(),
        node_type: "message".to_owned(),
    };
    check(with_session(), &of_session(entered), &[]);
}
