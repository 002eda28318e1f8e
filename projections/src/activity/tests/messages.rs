//! Messages by day, direction, kind and last status.

use domain::any_event::aggregate_type;
use domain::conversation::{Author, CancelReason, ConversationEvent, QueuedMessage};
use domain::delivery::{
    AcceptedMessage, DeliveryEvent, FailureCode, FailureText, ReconciledBy, Report, UnknownCause,
};
use domain::ids::{ContactId, SessionId};
use domain::message::{Content, MessageType};

use super::{NEXT_DAY, bot, by_bot, lab, met, number, shown, shown_of};
use crate::activity::{Activity, DeliveryStatus, Direction, MessageCount};
use crate::testing::{Lab, at, conversation_id, message_id, uuid};

/// Status and count of what we wrote.
fn sent(activity: &Activity) -> Vec<(DeliveryStatus, u64)> {
    let outbound = activity.messages.iter();
    outbound
        .filter(|row| row.direction == Direction::Outbound)
        .map(|row| (row.status, row.count))
        .collect()
}

fn became(lab: &Lab, message: u128, data: DeliveryEvent) {
    lab.log.push(aggregate_type::DELIVERY, uuid(message), data);
}

fn report() -> Report {
    Report {
        conversation: conversation_id(5),
        contact: ContactId::new(uuid(5)),
        received_at: at(9),
        provider_at: at(9),
        pricing: None,
    }
}

fn accepted() -> DeliveryEvent {
    DeliveryEvent::Accepted {
        conversation: conversation_id(5),
        contact: ContactId::new(uuid(5)),
        at: at(9),
        personal: wamid().into(),
    }
}

fn wamid() -> AcceptedMessage {
    AcceptedMessage {
        wamid: "wamid.1".to_owned(),
        message_status: None,
    }
}

fn text() -> FailureText {
    FailureText {
        title: "Message undeliverable".to_owned(),
        detail: None,
    }
}

fn rejected() -> DeliveryEvent {
    DeliveryEvent::Rejected {
        conversation: conversation_id(5),
        contact: ContactId::new(uuid(5)),
        at: at(9),
        code: FailureCode("window_closed".to_owned()),
        meta_code: None,
        personal: text().into(),
    }
}

fn unknown() -> DeliveryEvent {
    DeliveryEvent::Unknown {
        conversation: conversation_id(5),
        contact: ContactId::new(uuid(5)),
        at: at(9),
        cause: UnknownCause::Timeout,
    }
}

#[tokio::test]
async fn a_message_counts_once_under_the_last_that_is_known_of_it() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.queued(5, 102, 1);
    assert_eq!(sent(&shown(&lab).await), [(DeliveryStatus::Pending, 1)]);
    became(&lab, 102, unknown());
    assert_eq!(sent(&shown(&lab).await), [(DeliveryStatus::Unknown, 1)]);
    became(
        &lab,
        102,
        DeliveryEvent::Reconciled {
            conversation: conversation_id(5),
            contact: ContactId::new(uuid(5)),
            at: at(9),
            by: ReconciledBy::Status,
            personal: wamid().into(),
        },
    );
    assert_eq!(sent(&shown(&lab).await), [(DeliveryStatus::Sent, 1)]);
    became(&lab, 102, DeliveryEvent::Read { report: report() });
    became(&lab, 102, DeliveryEvent::Delivered { report: report() });
    became(&lab, 102, DeliveryEvent::Sent { report: report() });
    assert_eq!(sent(&shown(&lab).await), [(DeliveryStatus::Read, 1)]);
}

#[tokio::test]
async fn what_did_not_arrive_says_why() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    for message in 102..106 {
        lab.log.queued(5, message, 1);
    }
    became(&lab, 102, rejected());
    became(&lab, 103, accepted());
    became(
        &lab,
        103,
        DeliveryEvent::Failed {
            report: report(),
            code: FailureCode("recipient_unavailable".to_owned()),
            meta_code: Some(131_026),
            personal: text().into(),
        },
    );
    lab.log.conversation(
        5,
        ConversationEvent::MessageCanceled {
            message: message_id(104),
            at: at(2),
            reason: CancelReason::TakenOver,
        },
    );
    became(&lab, 105, accepted());
    let expected = [
        (DeliveryStatus::Canceled, 1),
        (DeliveryStatus::Failed, 1),
        (DeliveryStatus::Rejected, 1),
        (DeliveryStatus::Sent, 1),
    ];
    assert_eq!(sent(&shown(&lab).await), expected);
}

#[tokio::test]
async fn a_late_message_belongs_to_the_day_on_which_it_was_written() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.received(5, 101, NEXT_DAY, 0);
    lab.log.received(5, 102, NEXT_DAY, NEXT_DAY);
    lab.log.queued(5, 103, NEXT_DAY);
    let row = |day: &str, direction, status| MessageCount {
        day: super::day(day),
        number: number(1),
        direction,
        message_type: "text".to_owned(),
        status,
        count: 1,
    };
    let activity = shown(&lab).await;
    assert_eq!(
        activity.messages,
        [
            row("2026-11-22", Direction::Inbound, DeliveryStatus::Received),
            row("2026-11-23", Direction::Inbound, DeliveryStatus::Received),
            row("2026-11-23", Direction::Outbound, DeliveryStatus::Pending),
        ]
    );
    assert_eq!(activity.position, lab.log.all().len() as u64);
}

#[tokio::test]
async fn a_bot_has_what_it_wrote_and_what_customers_wrote_to_it() {
    let lab = lab().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.received(5, 101, 0, 0);
    lab.log.conversation(
        5,
        ConversationEvent::MessageQueued {
            message: message_id(102),
            at: at(1),
            author: Author::Bot {
                bot: bot(30),
                version: 3,
                session: SessionId::new(uuid(31)),
                turn: 1,
                node: "menu".to_owned(),
            },
            epoch: 1,
            message_type: MessageType::Interactive,
            reply_to: None,
            repeats: None,
            personal: QueuedMessage {
                content: Content::text("x"),
                reply_to_wamid: None,
            }
            .into(),
        },
    );
    lab.log.conversation(5, met(103, 2, by_bot()));
    lab.log.queued(5, 104, 3);
    let rows = |activity: &Activity| -> Vec<(Direction, String, u64)> {
        let rows = activity.messages.iter();
        rows.map(|row| (row.direction, row.message_type.clone(), row.count))
            .collect()
    };
    let (inbound, outbound) = (Direction::Inbound, Direction::Outbound);
    let row = |direction, kind: &str, count| (direction, kind.to_owned(), count);
    assert_eq!(
        rows(&shown(&lab).await),
        [
            row(inbound, "text", 2),
            row(outbound, "interactive", 1),
            row(outbound, "text", 1),
        ]
    );
    assert_eq!(
        rows(&shown_of(&lab, 30).await),
        [row(inbound, "text", 1), row(outbound, "interactive", 1)]
    );
    assert_eq!(rows(&shown_of(&lab, 29).await), []);
    let other = lab.projections.reads();
    let other = other
        .activity(super::november(), Some(number(2)), None)
        .await;
    assert_eq!(rows(&other.unwrap()), []);
}
