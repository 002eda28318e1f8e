//! The deals read model.

use std::collections::BTreeMap;

use domain::any_event::aggregate_type;
use domain::deal::{DealEvent, DealFields};
use domain::ids::{BotId, ContactId, SessionId};

use crate::testing::{Lab, at, conversation_id, uuid};

#[tokio::test]
async fn deals_are_listed_newest_first_in_pages() {
    let lab = Lab::new().await;
    for id in 0..5 {
        let event = DealEvent::Created {
            at: at(i64::try_from(id / 2).unwrap()),
            contact: ContactId::new(uuid(5)),
            conversation: conversation_id(5),
            bot: BotId::new(uuid(30)),
            session: SessionId::new(uuid(31)),
            stage: "new".to_owned(),
            personal: DealFields {
                title: format!("deal {id}"),
                attributes: BTreeMap::from([("service".to_owned(), "Стрижка".to_owned())]),
            }
            .into(),
        };
        lab.log.push(aggregate_type::DEAL, uuid(50 + id), event);
    }
    lab.catch_up().await;
    let reads = lab.projections.reads();
    let first = reads.deals(None, 3).await.unwrap();
    let rest = reads.deals(first.next.as_deref(), 3).await.unwrap();
    let titles: Vec<_> = first
        .items
        .iter()
        .chain(&rest.items)
        .map(|deal| &deal.title)
        .collect();
    assert_eq!(titles, ["deal 4", "deal 3", "deal 2", "deal 1", "deal 0"]);
    assert_eq!(rest.next, None);
    assert_eq!(first.items[0].attributes["service"], "Стрижка");
}
