//! A deal is opened once, whatever its title.

use std::collections::BTreeMap;

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::{Deal, DealCommand, DealEvent, DealFields};
use crate::ids::{BotId, ContactId, ConversationId, SessionId};
use crate::personal::Personal;
use crate::stream::StreamAggregate;
use crate::time::Timestamp;

fn now() -> Timestamp {
    Timestamp::from_seconds(1_767_000_000)
}

fn fields(title: &str) -> DealFields {
    let attributes = BTreeMap::from([("size".to_owned(), "42".to_owned())]);
    DealFields {
        title: title.to_owned(),
        attributes,
    }
}

fn create(title: &str) -> DealCommand {
    DealCommand::Create {
        now: now(),
        contact: ContactId::new(Uuid::from_u128(1)),
        conversation: ConversationId::new(Uuid::from_u128(2)),
        bot: BotId::new(Uuid::from_u128(3)),
        session: SessionId::new(Uuid::from_u128(4)),
        fields: fields(title),
    }
}

fn created(personal: Personal<DealFields>) -> DealEvent {
    DealEvent::Created {
        at: now(),
        contact: ContactId::new(Uuid::from_u128(1)),
        conversation: ConversationId::new(Uuid::from_u128(2)),
        bot: BotId::new(Uuid::from_u128(3)),
        session: SessionId::new(Uuid::from_u128(4)),
        stage: "new".to_owned(),
        personal,
    }
}

async fn decides(given: Vec<DealEvent>, command: DealCommand, events: Vec<DealEvent>) {
    TestFramework::<Deal>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_events(events);
}

#[test]
fn every_event_has_its_golden_file_and_example() {
    let examples = [created(fields("Boots").into())];
    crate::golden::check_all(
        "Deal",
        Deal::EVENT_TYPES,
        &examples,
        include_str!("event.rs"),
    );
}

#[tokio::test]
async fn a_deal_is_opened_once() {
    let event = created(fields("Boots").into());
    decides(vec![], create("Boots"), vec![event.clone()]).await;
    decides(vec![event], create("Other"), vec![]).await;
}

#[tokio::test]
async fn an_empty_title_becomes_a_dash() {
    decides(vec![], create(""), vec![created(fields("-").into())]).await;
    decides(vec![], create("  "), vec![created(fields("-").into())]).await;
}

#[test]
fn state_holds_what_the_event_said() {
    let mut deal = Deal::default();
    assert_eq!((deal.subject(), deal.lane_key()), (None, None));
    deal.apply(created(fields("Boots").into()));
    assert!(deal.exists());
    assert_eq!(deal.stage(), "new");
    assert_eq!(deal.fields(), Some(&fields("Boots")));
    assert_eq!(deal.bot(), Some(BotId::new(Uuid::from_u128(3))));
    assert_eq!(deal.session(), Some(SessionId::new(Uuid::from_u128(4))));
    assert_eq!(deal.subject(), Some(ContactId::new(Uuid::from_u128(1))));
    assert_eq!(deal.lane_key(), Some(Uuid::from_u128(2)));
    assert!(deal.weight_bytes() > size_of::<Deal>());
    assert!(!format!("{deal:?}").contains("Boots"));
}

#[test]
fn an_erased_deal_still_exists() {
    let mut deal = Deal::default();
    deal.apply(created(Personal::erased()));
    assert!(deal.exists());
    assert_eq!(deal.fields(), None);
}

#[test]
fn an_event_applied_twice_changes_nothing_more() {
    crate::tests::assert_repeats_change_nothing::<Deal>(&[created(fields("Boots").into())]);
}
