//! Inbound items.

use super::*;
use crate::conversation::event::{EditedContent, Notice, Reaction, RevokedMessage};
use crate::personal::Personal;
use crate::stream::StreamAggregate;

#[tokio::test]
async fn first_message_starts_the_conversation() {
    given(vec![])
        .when_async(receive(1, 0))
        .await
        .then_expect_events(vec![started(), received(1, 0, Handler::Nobody, 0)]);
}

#[tokio::test]
async fn later_message_is_received_under_the_handler_in_force() {
    given(with_bot())
        .when_async(receive(2, 5))
        .await
        .then_expect_events(vec![received(2, 5, bot(), 1)]);
}

#[tokio::test]
async fn message_reopens_a_closed_conversation() {
    let events = [open(), vec![closed(5)]].concat();
    let reopened = ConversationEvent::Reopened {
        at: at(11),
        by: None,
    };
    given(events)
        .when_async(receive(2, 10))
        .await
        .then_expect_events(vec![reopened, received(2, 10, Handler::Nobody, 0)]);
}

#[tokio::test]
async fn message_on_a_closed_conversation_frees_a_handler_that_stayed() {
    let events = [with_anna(), vec![closed(5)]].concat();
    given(events)
        .when_async(receive(2, 10))
        .await
        .then_expect_events(vec![
            ConversationEvent::Reopened {
                at: at(11),
                by: None,
            },
            changed(11, Handler::Nobody, 2, ChangeCause::Reopened),
            received(2, 10, Handler::Nobody, 2),
        ]);
}

fn facts() -> Vec<(Received, ConversationEvent)> {
    let (target, reaction) = (
        message(1),
        Reaction {
            emoji: Some("👍".to_owned()),
            target_wamid: Some("wamid.1".to_owned()),
        },
    );
    let revoked = RevokedMessage {
        target_wamid: Some("wamid.1".to_owned()),
    };
    let edited = EditedContent {
        content: Content::text("hi!"),
        target_wamid: Some("wamid.1".to_owned()),
    };
    let notice = Notice {
        text: String::new(),
        raw: serde_json::json!({"type": "request_welcome"}),
    };
    let (received_at, provider_at) = (at(11), at(10));
    let kind = "request_welcome".to_owned();
    vec![
        (
            Received::Reaction {
                head: head(2, 10),
                target,
                body: reaction.clone(),
            },
            ConversationEvent::ReactionReceived {
                message: message(2),
                target,
                received_at,
                provider_at,
                personal: reaction.into(),
            },
        ),
        (
            Received::Edit {
                head: head(2, 10),
                target,
                body: edited.clone(),
            },
            ConversationEvent::EditReceived {
                message: message(2),
                target,
                received_at,
                provider_at,
                personal: edited.into(),
            },
        ),
        (
            Received::Revoke {
                head: head(2, 10),
                target,
                body: revoked.clone(),
            },
            ConversationEvent::RevokeReceived {
                message: message(2),
                target,
                received_at,
                provider_at,
                personal: revoked.into(),
            },
        ),
        (
            Received::Notice {
                head: head(2, 10),
                notice: kind.clone(),
                body: notice.clone(),
            },
            ConversationEvent::NoticeReceived {
                message: message(2),
                received_at,
                provider_at,
                notice: kind,
                personal: notice.into(),
            },
        ),
    ]
}

#[tokio::test]
async fn facts_beside_messages_reopen_nothing_and_count_as_no_message() {
    for (command, event) in facts() {
        let events = [open(), vec![closed(5)]].concat();
        given(events.clone())
            .when_async(ConversationCommand::Receive(command))
            .await
            .then_expect_events(vec![event.clone()]);
        let before = state(events.clone());
        let after = state([events, vec![event]].concat());
        assert_eq!(after, before);
    }
}

#[tokio::test]
async fn facts_beside_messages_may_start_a_conversation() {
    for (command, event) in facts() {
        let started = ConversationEvent::Started {
            at: at(11),
            number: NUMBER,
            contact: CONTACT,
        };
        given(vec![])
            .when_async(ConversationCommand::Receive(command))
            .await
            .then_expect_events(vec![started, event]);
    }
}

#[test]
fn window_follows_the_latest_provider_time_in_any_order() {
    let late = received(2, 50, Handler::Nobody, 0);
    let early = received(3, 20, Handler::Nobody, 0);
    let forward = state(vec![started(), early.clone(), late.clone()]);
    let backward = state(vec![started(), late, early]);
    assert_eq!(forward.last_inbound(), backward.last_inbound());
    assert_eq!(forward.unread(), backward.unread());
    assert_eq!(forward.last_inbound_at(), Some(at(50)));
    let last = forward.last_inbound().expect("messages came");
    assert_eq!(
        (last.message, last.wamid.as_deref()),
        (message(2), Some("wamid.hi"))
    );
}

#[test]
fn unread_counts_messages_until_a_person_takes_over_or_writes() {
    let more = vec![received(2, 5, bot(), 1)];
    assert_eq!(state([with_bot(), more.clone()].concat()).unread(), 2);
    assert_eq!(state(with_anna()).unread(), 0);
    let written = [with_bot(), more, vec![queued(9, 6, "anna", 1)]].concat();
    assert_eq!(state(written).unread(), 0);
}

#[test]
fn erased_messages_still_open_the_window() {
    let mut event = received(2, 50, Handler::Nobody, 0);
    if let ConversationEvent::MessageReceived { personal, .. } = &mut event {
        *personal = Personal::erased();
    }
    let state = state(vec![started(), event]);
    assert_eq!(state.last_inbound_at(), Some(at(50)));
    assert_eq!(
        state.last_inbound().and_then(|last| last.wamid.clone()),
        None
    );
}

#[test]
fn state_names_its_parties_and_hides_wamids() {
    let state = state(open());
    assert!(state.exists() && !Conversation::default().exists());
    assert_eq!(
        (state.number(), state.contact()),
        (Some(NUMBER), Some(CONTACT))
    );
    assert_eq!((state.subject(), state.lane_key()), (Some(CONTACT), None));
    assert!(!format!("{state:?}").contains("wamid.hi"));
    assert!(state.weight_bytes() > size_of::<Conversation>());
    let text = serde_json::to_string(&state).expect("state encodes");
    assert_eq!(
        serde_json::from_str::<Conversation>(&text).expect("state decodes"),
        state
    );
}
