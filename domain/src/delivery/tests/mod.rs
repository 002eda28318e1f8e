//! Every order in which answers and statuses can come, each also twice.

mod order;

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use serde_json::json;
use uuid::Uuid;

use super::{
    AcceptedMessage, Delivery, DeliveryCommand as Command, DeliveryEvent as Event, DeliveryHead,
    FailureCode, FailureText, Outcome, ReconciledBy, Report, StatusKind, StatusReport,
    UnknownCause,
};
use crate::ids::{ContactId, ConversationId, MessageId};
use crate::personal::Personal;
use crate::stream::StreamAggregate;
use crate::time::Timestamp;

const WAMID: &str = "wamid.HBgLMTY1MDU1NTEyMzQVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA";
const STATUSES: [StatusKind; 5] = [
    StatusKind::Sent,
    StatusKind::Delivered,
    StatusKind::Read,
    StatusKind::Played,
    StatusKind::Failed,
];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_000_000 + seconds)
}

fn head() -> DeliveryHead {
    DeliveryHead {
        message: MessageId::new(Uuid::from_u128(3)),
        conversation: ConversationId::new(Uuid::from_u128(2)),
        contact: ContactId::new(Uuid::from_u128(1)),
    }
}

fn message(status: Option<&str>) -> Personal<AcceptedMessage> {
    let message_status = status.map(str::to_owned);
    AcceptedMessage {
        wamid: WAMID.to_owned(),
        message_status,
    }
    .into()
}

fn accept() -> Command {
    Command::Accept {
        head: head(),
        now: at(0),
        wamid: WAMID.to_owned(),
        message_status: Some("paused".to_owned()),
    }
}

fn accepted(status: Option<&str>) -> Event {
    let (conversation, contact) = (head().conversation, head().contact);
    Event::Accepted {
        conversation,
        contact,
        at: at(0),
        personal: message(status),
    }
}

fn code() -> FailureCode {
    FailureCode("recipient_unavailable".to_owned())
}

fn reject() -> Command {
    Command::Reject {
        head: head(),
        now: at(0),
        code: code(),
        meta_code: Some(131_026),
        title: "Message undeliverable".to_owned(),
        detail: None,
    }
}

fn failure(title: &str) -> Personal<FailureText> {
    FailureText {
        title: title.to_owned(),
        detail: None,
    }
    .into()
}

fn rejected() -> Event {
    Event::Rejected {
        conversation: head().conversation,
        contact: head().contact,
        at: at(0),
        code: code(),
        meta_code: Some(131_026),
        personal: failure("Message undeliverable"),
    }
}

fn declare_unknown() -> Command {
    Command::DeclareUnknown {
        head: head(),
        now: at(0),
        cause: UnknownCause::Timeout,
    }
}

fn unknown() -> Event {
    let (conversation, contact) = (head().conversation, head().contact);
    Event::Unknown {
        conversation,
        contact,
        at: at(0),
        cause: UnknownCause::Timeout,
    }
}

fn reconciled(by: ReconciledBy, status: Option<&str>) -> Event {
    Event::Reconciled {
        conversation: head().conversation,
        contact: head().contact,
        at: at(0),
        by,
        personal: message(status),
    }
}

fn report(status: StatusKind) -> Command {
    let title = "Message undeliverable".to_owned();
    Command::Report(StatusReport {
        head: head(),
        now: at(0),
        status,
        wamid: WAMID.to_owned(),
        received_at: at(2),
        provider_at: at(1),
        pricing: (status == StatusKind::Sent)
            .then(|| json!({"billable": true, "category": "service"})),
        failure: (status == StatusKind::Failed).then(|| (code(), Some(131_026), title, None)),
    })
}

fn reported(status: StatusKind) -> Event {
    let mut report = Report {
        conversation: head().conversation,
        contact: head().contact,
        received_at: at(2),
        provider_at: at(1),
        pricing: None,
    };
    match status {
        StatusKind::Sent => {
            report.pricing = Some(json!({"billable": true, "category": "service"}));
            Event::Sent { report }
        }
        StatusKind::Delivered => Event::Delivered { report },
        StatusKind::Read => Event::Read { report },
        StatusKind::Played => Event::Played { report },
        StatusKind::Failed => Event::Failed {
            report,
            code: code(),
            meta_code: Some(131_026),
            personal: failure("Message undeliverable"),
        },
    }
}

async fn decides(given: Vec<Event>, command: Command, events: Vec<Event>) {
    TestFramework::<Delivery>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_events(events);
}

fn delivery(events: Vec<Event>) -> Delivery {
    let mut delivery = Delivery::default();
    for event in events {
        delivery.apply(event);
    }
    delivery
}

fn examples() -> Vec<Event> {
    vec![
        accepted(Some("paused")),
        rejected(),
        unknown(),
        reconciled(ReconciledBy::Status, None),
        reported(StatusKind::Sent),
        reported(StatusKind::Delivered),
        reported(StatusKind::Read),
        reported(StatusKind::Played),
        reported(StatusKind::Failed),
    ]
}

#[test]
fn every_event_has_its_golden_file_and_example() {
    let source = include_str!("../event.rs");
    crate::golden::check_all("Delivery", Delivery::EVENT_TYPES, &examples(), source);
}

#[tokio::test]
async fn an_answer_is_recorded_once() {
    decides(vec![], accept(), vec![accepted(Some("paused"))]).await;
    decides(vec![accepted(None)], accept(), vec![]).await;
    decides(vec![], reject(), vec![rejected()]).await;
    decides(vec![rejected()], reject(), vec![]).await;
    decides(vec![], declare_unknown(), vec![unknown()]).await;
    decides(vec![unknown()], declare_unknown(), vec![]).await;
}

#[tokio::test]
async fn a_refusal_or_doubt_after_evidence_is_ignored() {
    for taken in [accepted(None), reconciled(ReconciledBy::Status, None)] {
        decides(vec![unknown(), taken.clone()], reject(), vec![]).await;
        decides(vec![unknown(), taken], declare_unknown(), vec![]).await;
    }
    decides(vec![rejected()], declare_unknown(), vec![]).await;
}

#[tokio::test]
async fn an_unknown_outcome_is_settled_by_whatever_comes() {
    let late = reconciled(ReconciledBy::LateAnswer, Some("paused"));
    decides(vec![unknown()], accept(), vec![late.clone()]).await;
    decides(vec![unknown(), late], accept(), vec![]).await;
    decides(vec![unknown()], reject(), vec![rejected()]).await;
    for status in STATUSES {
        let by_status = reconciled(ReconciledBy::Status, None);
        let events = vec![by_status, reported(status)];
        decides(vec![unknown()], report(status), events.clone()).await;
        decides(
            [vec![unknown()], events.clone()].concat(),
            report(status),
            vec![],
        )
        .await;
        decides([vec![unknown()], events].concat(), accept(), vec![]).await;
    }
}

#[tokio::test]
async fn the_first_status_proves_acceptance() {
    for status in STATUSES {
        let events = vec![accepted(None), reported(status)];
        decides(vec![], report(status), events.clone()).await;
        decides(events.clone(), accept(), vec![]).await;
        decides(events.clone(), declare_unknown(), vec![]).await;
        decides(events, report(status), vec![]).await;
    }
}

#[tokio::test]
async fn evidence_of_acceptance_lifts_a_refusal() {
    let given = vec![rejected()];
    decides(given.clone(), accept(), vec![accepted(Some("paused"))]).await;
    let events = vec![accepted(None), reported(StatusKind::Delivered)];
    decides(given.clone(), report(StatusKind::Delivered), events.clone()).await;
    assert!(delivery(given.clone()).is_failed());
    assert!(!delivery([given, events].concat()).is_failed());
}

#[tokio::test]
async fn a_late_lower_status_is_recorded_once_and_changes_nothing() {
    let given = vec![accepted(None), reported(StatusKind::Read)];
    decides(
        given.clone(),
        report(StatusKind::Sent),
        vec![reported(StatusKind::Sent)],
    )
    .await;
    let given = [given, vec![reported(StatusKind::Sent)]].concat();
    decides(given.clone(), report(StatusKind::Sent), vec![]).await;
    assert_eq!(delivery(given).best_status(), Some(StatusKind::Read));
}

#[tokio::test]
async fn failed_after_delivered_is_kept_but_not_shown() {
    let given = vec![accepted(None), reported(StatusKind::Delivered)];
    let failed = reported(StatusKind::Failed);
    decides(
        given.clone(),
        report(StatusKind::Failed),
        vec![failed.clone()],
    )
    .await;
    let given = [given, vec![failed]].concat();
    decides(given.clone(), report(StatusKind::Failed), vec![]).await;
    let delivery = delivery(given);
    assert_eq!(delivery.best_status(), Some(StatusKind::Delivered));
    assert!(!delivery.is_failed() && delivery.has_seen(StatusKind::Failed));
}

#[tokio::test]
async fn delivered_after_failed_lifts_it_and_sent_does_not() {
    let given = vec![
        accepted(None),
        reported(StatusKind::Failed),
        reported(StatusKind::Sent),
    ];
    assert!(delivery(given.clone()).is_failed());
    let delivered = reported(StatusKind::Delivered);
    decides(
        given.clone(),
        report(StatusKind::Delivered),
        vec![delivered.clone()],
    )
    .await;
    assert!(!delivery([given, vec![delivered]].concat()).is_failed());
}

#[tokio::test]
async fn a_failed_status_without_reason_still_has_a_code() {
    let Command::Report(mut bare) = report(StatusKind::Failed) else {
        unreachable!()
    };
    bare.failure = None;
    bare.pricing = Some(json!(null));
    let Event::Failed { report, .. } = reported(StatusKind::Failed) else {
        unreachable!()
    };
    let code = FailureCode("rejected_by_meta".to_owned());
    let personal = failure("no reason given");
    let failed = Event::Failed {
        report,
        code,
        meta_code: None,
        personal,
    };
    decides(vec![accepted(None)], Command::Report(bare), vec![failed]).await;
}

#[test]
fn state_knows_its_place_and_shows_nothing_personal() {
    let empty = Delivery::default();
    assert_eq!(
        (empty.subject(), empty.lane_key(), empty.best_status()),
        (None, None, None)
    );
    let known = delivery(vec![unknown(), reconciled(ReconciledBy::Status, None)]);
    assert_eq!(known.outcome(), Outcome::Reconciled);
    assert_eq!(known.wamid(), Some(WAMID));
    assert_eq!(known.subject(), Some(head().contact));
    assert_eq!(known.lane_key(), Some(head().conversation.as_uuid()));
    assert!(known.weight_bytes() > size_of::<Delivery>());
    assert!(!format!("{known:?}").contains("wamid"));
}

#[test]
fn erased_fields_leave_the_outcome() {
    let mut event = accepted(None);
    if let Event::Accepted { personal, .. } = &mut event {
        *personal = Personal::erased();
    }
    let delivery = delivery(vec![event]);
    assert_eq!(
        (delivery.outcome(), delivery.wamid()),
        (Outcome::Accepted, None)
    );
}

#[test]
fn an_event_applied_twice_changes_nothing_more() {
    crate::tests::assert_repeats_change_nothing::<Delivery>(&examples());
}
