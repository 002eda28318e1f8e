//! The list of saved views: one's own and the shared ones.

use domain::any_event::aggregate_type;
use domain::ids::{SavedViewId, TokenId};
use domain::saved_view::{SavedViewEvent, ViewAssignee, ViewFilter, ViewSort};

use crate::conversation::{AssigneeFilter, ConversationFilter, ConversationSort};
use crate::testing::{Lab, at, uuid};

async fn names(lab: &Lab, viewer: u128) -> Vec<String> {
    lab.catch_up().await;
    let viewer = TokenId::new(uuid(viewer));
    let views = lab.projections.reads().saved_views(viewer).await.unwrap();
    views.into_iter().map(|view| view.name).collect()
}

fn mine() -> ViewFilter {
    ViewFilter {
        assignee: Some(ViewAssignee::Me),
        unread: Some(true),
        ..ViewFilter::default()
    }
}

fn saved(name: &str, owner: Option<u128>) -> SavedViewEvent {
    SavedViewEvent::Saved {
        at: at(1),
        name: name.to_owned(),
        owner: owner.map(|id| TokenId::new(uuid(id))),
        filter: mine(),
        sort: ViewSort::LongestWaiting,
    }
}

#[tokio::test]
async fn a_person_sees_their_own_views_and_the_shared_ones() {
    let lab = Lab::new().await;
    let push = |id, event| lab.log.push(aggregate_type::SAVED_VIEW, uuid(id), event);
    push(50, saved("shared", None));
    push(51, saved("anna's", Some(77)));
    push(52, saved("boris's", Some(78)));
    assert_eq!(names(&lab, 77).await, ["anna's", "shared"]);
    let edited = SavedViewEvent::Edited {
        at: at(2),
        name: "renamed".to_owned(),
        filter: ViewFilter::default(),
        sort: ViewSort::Newest,
    };
    push(52, edited);
    push(50, SavedViewEvent::Removed { at: at(3) });
    assert_eq!(names(&lab, 77).await, ["anna's"]);
    assert_eq!(names(&lab, 78).await, ["renamed"]);
    let reads = lab.projections.reads();
    let anna = TokenId::new(uuid(77));
    let one = |id| SavedViewId::new(uuid(id));
    assert_eq!(reads.saved_view(anna, one(52)).await.unwrap(), None);
    assert_eq!(reads.saved_view(anna, one(50)).await.unwrap(), None);
    let own = reads.saved_view(anna, one(51)).await.unwrap().unwrap();
    assert_eq!((own.owner, &own.filter), (Some(anna), &mine()));
    let filter = ConversationFilter::of_view(&own.filter, anna);
    assert_eq!(filter.assignee, Some(AssigneeFilter::Person(anna)));
    assert_eq!(filter.is_unread, Some(true));
    assert_eq!(
        ConversationSort::from(own.sort),
        ConversationSort::LongestWaiting
    );
}
