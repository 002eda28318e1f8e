//! The contacts read model: each event, twice, out of order.

use domain::any_event::aggregate_type;
use domain::contact::{AttributeValue, ContactEvent, Identity, TagName};
use domain::ids::ContactId;
use domain::personal::Personal;

use super::ContactView;
use crate::testing::{Lab, at, uuid};

fn push(lab: &Lab, event: ContactEvent) {
    lab.log.push(aggregate_type::CONTACT, uuid(5), event);
}

async fn shown(lab: &Lab) -> ContactView {
    lab.catch_up().await;
    lab.projections
        .reads()
        .contact(ContactId::new(uuid(5)))
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn what_is_new_of_a_person_is_added_to_what_is_known() {
    let lab = Lab::new().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    let news = Identity {
        username: Some("anna".to_owned()),
        ..Identity::default()
    };
    push(
        &lab,
        ContactEvent::Identified {
            at: at(1),
            provider_at: at(1),
            personal: news.into(),
        },
    );
    let contact = shown(&lab).await;
    assert_eq!(contact.name.as_deref(), Some("Анна"));
    assert_eq!(contact.username.as_deref(), Some("anna"));
    assert_eq!(contact.phone_number.as_deref(), Some("+79991112233"));
}

#[tokio::test]
async fn attributes_overwrite_and_tags_are_kept_once() {
    let lab = Lab::new().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    for value in ["Анна", "Аня"] {
        let personal = AttributeValue {
            value: value.to_owned(),
        }
        .into();
        let key = "customer_name".to_owned();
        push(
            &lab,
            ContactEvent::AttributeSet {
                at: at(1),
                key,
                session: None,
                personal,
            },
        );
    }
    for tag in ["vip", "new", "vip"] {
        let personal = TagName {
            tag: tag.to_owned(),
        }
        .into();
        push(
            &lab,
            ContactEvent::TagAssigned {
                at: at(2),
                session: None,
                personal,
            },
        );
    }
    push(
        &lab,
        ContactEvent::IdentityConflictSeen {
            at: at(3),
            other: ContactId::new(uuid(6)),
        },
    );
    let contact = shown(&lab).await;
    assert_eq!(contact.attributes["customer_name"], "Аня");
    assert_eq!(contact.tags, ["vip", "new"]);
    assert_eq!(contact.conflicts_with, Some(ContactId::new(uuid(6))));
    assert_eq!(contact.updated_at, at(3));
}

#[tokio::test]
async fn an_erased_person_is_nobody() {
    let lab = Lab::new().await;
    let event = ContactEvent::Registered {
        contact: ContactId::new(uuid(5)),
        at: at(0),
        provider_at: at(0),
        personal: Personal::erased(),
    };
    push(&lab, event);
    let contact = shown(&lab).await;
    assert_eq!((contact.name, contact.phone_number), (None, None));
}

#[tokio::test]
async fn many_contacts_come_in_one_query() {
    let lab = Lab::new().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.customer(6, "Вера", None, "79991112244");
    lab.catch_up().await;
    let ids = [6, 5, 7].map(|id| ContactId::new(uuid(id)));
    let found = lab.projections.reads().contacts_by_ids(&ids).await.unwrap();
    let names: Vec<_> = found
        .iter()
        .filter_map(|contact| contact.name.as_deref())
        .collect();
    assert_eq!(names, ["Анна", "Вера"]);
}
