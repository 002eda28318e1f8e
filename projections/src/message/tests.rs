//! The timeline: each event, twice, out of order, and its pages.

use domain::any_event::aggregate_type;
use domain::bot_session::{BotSessionEvent, RefusedReason};
use domain::conversation::{
    CancelReason, ConversationEvent, EditedContent, Notice, Reaction, RevokedMessage,
    UnansweredReason,
};
use domain::delivery::{
    AcceptedMessage, DeliveryEvent, FailureCode, FailureText, ReconciledBy, Report, UnknownCause,
};
use domain::ids::ContactId;
use domain::message::Content;
use serde_json::json;

use super::{MessageCursor, MessageStatus, MessageView, SendState};
use crate::page::Page;
use crate::testing::{Lab, at, conversation_id, message_id, session_started, uuid};

async fn with_customer() -> Lab {
    let lab = Lab::new().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab
}

async fn message(lab: &Lab, id: u128) -> MessageView {
    lab.catch_up().await;
    lab.projections
        .reads()
        .message(message_id(id))
        .await
        .unwrap()
        .unwrap()
}

fn report(seconds: i64) -> Report {
    Report {
        conversation: conversation_id(5),
        contact: ContactId::new(uuid(5)),
        received_at: at(seconds),
        provider_at: at(seconds),
        pricing: None,
    }
}

fn accepted(seconds: i64) -> DeliveryEvent {
    DeliveryEvent::Accepted {
        conversation: conversation_id(5),
        contact: ContactId::new(uuid(5)),
        at: at(seconds),
        personal: AcceptedMessage {
            wamid: "wamid.out".to_owned(),
            message_status: None,
        }
        .into(),
    }
}

fn failed(seconds: i64) -> DeliveryEvent {
    let text = FailureText {
        title: "Undeliverable".to_owned(),
        detail: None,
    };
    DeliveryEvent::Failed {
        report: report(seconds),
        code: FailureCode("recipient_unavailable".to_owned()),
        meta_code: Some(131_026),
        personal: text.into(),
    }
}

fn deliver(lab: &Lab, event: DeliveryEvent) {
    lab.log.push(aggregate_type::DELIVERY, uuid(100), event);
}

#[tokio::test]
async fn an_inbound_message_shows_the_customer_and_metas_time() {
    let lab = with_customer().await;
    lab.log.received(5, 100, 2, 0);
    let one = message(&lab, 100).await;
    assert!(one.is_inbound);
    assert_eq!(one.sender.kind, "customer");
    assert_eq!(
        (one.sender.id, one.sender.name.as_deref()),
        (Some(uuid(5)), Some("Анна"))
    );
    assert_eq!(
        (one.content.as_str(), one.payload, one.send_state),
        ("in 100", None, None)
    );
    assert_eq!(
        (one.status, one.created_at),
        (MessageStatus::Received, at(0))
    );
    assert_eq!(one.wamid.as_deref(), Some("wamid.100"));
}

#[tokio::test]
async fn a_send_goes_from_queued_over_accepted_to_read() {
    let lab = with_customer().await;
    lab.log.token(77, "Ольга");
    lab.log.queued(5, 100, 1);
    let one = message(&lab, 100).await;
    assert_eq!(
        (one.status, one.send_state),
        (MessageStatus::Pending, Some(SendState::Queued))
    );
    assert_eq!(
        (one.sender.kind.as_str(), one.sender.id),
        ("operator", Some(uuid(77)))
    );
    assert_eq!(one.sender.name.as_deref(), Some("Ольга"));
    deliver(&lab, accepted(2));
    let one = message(&lab, 100).await;
    assert_eq!(
        (one.status, one.send_state),
        (MessageStatus::Sent, Some(SendState::Accepted))
    );
    assert_eq!(
        (one.sent_at, one.wamid.as_deref()),
        (Some(at(2)), Some("wamid.out"))
    );
    deliver(&lab, DeliveryEvent::Played { report: report(9) });
    deliver(&lab, DeliveryEvent::Sent { report: report(3) });
    let one = message(&lab, 100).await;
    assert_eq!(one.status, MessageStatus::Read);
    assert_eq!(
        (one.sent_at, one.delivered_at, one.read_at),
        (Some(at(3)), Some(at(9)), Some(at(9)))
    );
}

#[tokio::test]
async fn statuses_end_the_same_in_any_order() {
    let events = [
        accepted(2),
        failed(3),
        DeliveryEvent::Sent { report: report(3) },
        DeliveryEvent::Delivered { report: report(4) },
    ];
    for turn in 0..events.len() {
        let lab = with_customer().await;
        let mut turned = events.to_vec();
        turned.rotate_left(turn);
        for (place, event) in turned.into_iter().enumerate() {
            deliver(&lab, event);
            // Also before the message itself is known.
            if place == 1 {
                lab.log.queued(5, 100, 1);
            }
        }
        let one = message(&lab, 100).await;
        assert_eq!((one.status, one.error), (MessageStatus::Delivered, None));
        assert_eq!((one.delivered_at, one.failed_at), (Some(at(4)), None));
    }
}

#[tokio::test]
async fn failures_say_why() {
    let lab = with_customer().await;
    lab.log.queued(5, 100, 1);
    deliver(&lab, accepted(2));
    deliver(&lab, failed(3));
    let one = message(&lab, 100).await;
    assert_eq!(
        (one.status, one.failed_at),
        (MessageStatus::Failed, Some(at(3)))
    );
    let error = one.error.unwrap();
    assert_eq!(
        (error.code.as_str(), error.meta_code),
        ("recipient_unavailable", Some(131_026))
    );
    assert_eq!(error.title.as_deref(), Some("Undeliverable"));
}

#[tokio::test]
async fn rejected_unknown_reconciled_and_canceled_show() {
    let lab = with_customer().await;
    lab.log.queued(5, 100, 1);
    let unknown = DeliveryEvent::Unknown {
        conversation: conversation_id(5),
        contact: ContactId::new(uuid(5)),
        at: at(2),
        cause: UnknownCause::Timeout,
    };
    deliver(&lab, unknown);
    let one = message(&lab, 100).await;
    assert_eq!(
        (one.status, one.send_state),
        (MessageStatus::Pending, Some(SendState::Unknown))
    );
    let reconciled = DeliveryEvent::Reconciled {
        conversation: conversation_id(5),
        contact: ContactId::new(uuid(5)),
        at: at(3),
        by: ReconciledBy::Status,
        personal: AcceptedMessage {
            wamid: "wamid.out".to_owned(),
            message_status: None,
        }
        .into(),
    };
    deliver(&lab, reconciled);
    let one = message(&lab, 100).await;
    assert_eq!(
        (one.status, one.send_state),
        (MessageStatus::Sent, Some(SendState::Reconciled))
    );

    lab.log.queued(5, 101, 1);
    let rejected = DeliveryEvent::Rejected {
        conversation: conversation_id(5),
        contact: ContactId::new(uuid(5)),
        at: at(4),
        code: FailureCode("window_closed".to_owned()),
        meta_code: Some(131_047),
        personal: FailureText {
            title: "Re-engagement".to_owned(),
            detail: None,
        }
        .into(),
    };
    lab.log.push(aggregate_type::DELIVERY, uuid(101), rejected);
    let one = message(&lab, 101).await;
    assert_eq!(
        (one.status, one.send_state),
        (MessageStatus::Failed, Some(SendState::Rejected))
    );
    assert_eq!(
        (one.failed_at, one.error.unwrap().code.as_str()),
        (Some(at(4)), "window_closed")
    );

    lab.log.queued(5, 102, 1);
    let reason = CancelReason::TakenOver;
    let canceled = ConversationEvent::MessageCanceled {
        message: message_id(102),
        at: at(2),
        reason,
    };
    lab.log.conversation(5, canceled);
    let one = message(&lab, 102).await;
    assert_eq!(
        (one.status, one.send_state),
        (MessageStatus::Canceled, Some(SendState::Canceled))
    );
    assert_eq!(one.error.unwrap().code, "taken_over");
}

fn edit(id: u128, seconds: i64, text: &str) -> ConversationEvent {
    ConversationEvent::EditReceived {
        message: message_id(id),
        target: message_id(100),
        received_at: at(50),
        provider_at: at(seconds),
        personal: EditedContent {
            content: Content::text(text),
            target_wamid: None,
        }
        .into(),
    }
}

fn reaction(id: u128, seconds: i64, emoji: Option<&str>) -> ConversationEvent {
    ConversationEvent::ReactionReceived {
        message: message_id(id),
        target: message_id(100),
        received_at: at(50),
        provider_at: at(seconds),
        personal: Reaction {
            emoji: emoji.map(str::to_owned),
            target_wamid: None,
        }
        .into(),
    }
}

#[tokio::test]
async fn the_latest_edit_and_reaction_win_in_any_order_and_doubled() {
    let events = [
        edit(201, 5, "later"),
        edit(202, 4, "earlier"),
        reaction(203, 7, Some("👍")),
        reaction(204, 6, None),
    ];
    for turn in 0..events.len() {
        let lab = with_customer().await;
        let mut turned = events.to_vec();
        turned.rotate_left(turn);
        for event in turned.iter().chain(&turned) {
            lab.log.conversation(5, event.clone());
            lab.catch_up().await;
        }
        lab.log.received(5, 100, 1, 0);
        let one = message(&lab, 100).await;
        assert_eq!(
            (one.content.as_str(), one.edited_at),
            ("later", Some(at(5)))
        );
        assert_eq!(one.reactions.len(), 1);
        assert_eq!(
            (
                one.reactions[0].from.as_str(),
                one.reactions[0].emoji.as_str()
            ),
            ("customer", "👍")
        );
        let list = lab
            .projections
            .reads()
            .conversation(conversation_id(5))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(list.last_message.unwrap().content, "later");
        assert_eq!(list.unread_count, 1);
    }
}

#[tokio::test]
async fn a_reaction_taken_back_is_gone() {
    let lab = with_customer().await;
    lab.log.received(5, 100, 1, 0);
    lab.log.conversation(5, reaction(203, 6, Some("👍")));
    lab.log.conversation(5, reaction(204, 7, None));
    assert_eq!(message(&lab, 100).await.reactions, []);
}

#[tokio::test]
async fn a_deleted_message_stays_deleted_and_shows_no_content() {
    let lab = with_customer().await;
    lab.log.received(5, 100, 1, 0);
    let revoked = ConversationEvent::RevokeReceived {
        message: message_id(205),
        target: message_id(100),
        received_at: at(50),
        provider_at: at(8),
        personal: RevokedMessage { target_wamid: None }.into(),
    };
    lab.log.conversation(5, revoked);
    lab.log.conversation(5, edit(206, 9, "still here"));
    let one = message(&lab, 100).await;
    assert_eq!(
        (one.content.as_str(), one.payload, one.revoked_at),
        ("", None, Some(at(8)))
    );
}

#[tokio::test]
async fn why_no_bot_answered_is_readable() {
    let lab = with_customer().await;
    lab.log.received(5, 100, 1, 0);
    lab.log.received(5, 101, 2, 0);
    let left = ConversationEvent::LeftUnanswered {
        message: message_id(100),
        at: at(1),
        reason: UnansweredReason::NoActiveBot,
    };
    lab.log.conversation(5, left);
    let started = session_started(5, 30);
    lab.log.push(aggregate_type::BOT_SESSION, uuid(31), started);
    let refused = BotSessionEvent::InputRefused {
        at: at(2),
        message: message_id(101),
        wait: Some(1),
        reason: RefusedReason::BeforeQuestion,
    };
    lab.log.push(aggregate_type::BOT_SESSION, uuid(31), refused);
    assert_eq!(
        message(&lab, 100).await.unanswered_reason.as_deref(),
        Some("no_active_bot")
    );
    assert_eq!(
        message(&lab, 101).await.unanswered_reason.as_deref(),
        Some("before_question")
    );
}

#[tokio::test]
async fn a_notice_is_a_system_line_and_no_last_message() {
    let lab = with_customer().await;
    let notice = ConversationEvent::NoticeReceived {
        message: message_id(100),
        received_at: at(1),
        provider_at: at(0),
        notice: "user_changed_number".to_owned(),
        personal: Notice {
            text: "new number".to_owned(),
            raw: json!({"a": 1}),
        }
        .into(),
    };
    lab.log.conversation(5, notice);
    let one = message(&lab, 100).await;
    assert_eq!(
        (one.message_type.as_str(), one.sender.kind.as_str()),
        ("system", "system")
    );
    let list = lab
        .projections
        .reads()
        .conversation(conversation_id(5))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (list.last_message, list.unread_count, list.window_expires_at),
        (None, 0, None)
    );
}

#[tokio::test]
async fn the_timeline_sorts_live_messages_as_they_came_and_late_ones_as_written() {
    let lab = with_customer().await;
    lab.log.received(5, 100, 10, 0);
    lab.log.queued(5, 101, 5);
    lab.log.received(5, 102, 4_000, 1);
    lab.catch_up().await;
    let page = page(&lab, MessageCursor::Newest, 10).await;
    assert_eq!(ids(&page), [102, 101, 100]);
    assert_eq!((page.previous, page.next), (None, None));
}

async fn page(lab: &Lab, cursor: MessageCursor<'_>, limit: usize) -> Page<MessageView> {
    lab.projections
        .reads()
        .messages(conversation_id(5), cursor, limit)
        .await
        .unwrap()
}

fn ids(page: &Page<MessageView>) -> Vec<u128> {
    page.items
        .iter()
        .map(|one| one.id.as_uuid().as_u128())
        .collect()
}

#[tokio::test]
async fn pages_to_and_fro_have_no_gaps_and_no_repeats() {
    let lab = with_customer().await;
    for id in 0..17 {
        lab.log
            .received(5, 100 + id, i64::try_from(id / 5).unwrap(), 0);
    }
    lab.catch_up().await;
    let mut newest_first = Vec::new();
    let mut at_page = page(&lab, MessageCursor::Newest, 4).await;
    assert_eq!(at_page.next, None);
    loop {
        newest_first.splice(0..0, ids(&at_page));
        let Some(previous) = at_page.previous.clone() else {
            break;
        };
        at_page = page(&lab, MessageCursor::Before(&previous), 4).await;
    }
    assert_eq!(newest_first, (100..117).collect::<Vec<_>>());

    let mut oldest_first = ids(&at_page);
    let mut next = at_page.next;
    while let Some(cursor) = next {
        let following = page(&lab, MessageCursor::After(&cursor), 4).await;
        oldest_first.extend(ids(&following));
        next = following.next;
    }
    assert_eq!(oldest_first, newest_first);
}
