//! What people did: assignee, notes, unread, who waits longest, and the entries of a timeline.

use domain::contact::{ContactEvent, TagName};
use domain::ids::TokenId;

use super::super::{AssigneeFilter, ConversationSort, EntryKind};
use super::*;

fn assigned(to: Option<u128>) -> ConversationEvent {
    ConversationEvent::Assigned {
        at: at(6),
        to: to.map(|id| TokenId::new(uuid(id))),
        by: olga(),
    }
}

fn noted(text: &str) -> ConversationEvent {
    ConversationEvent::Noted {
        at: at(7),
        by: olga(),
        personal: Note {
            text: text.to_owned(),
        }
        .into(),
    }
}

async fn ids(lab: &Lab, filter: &ConversationFilter) -> Vec<u128> {
    lab.catch_up().await;
    let reads = lab.projections.reads();
    let page = reads.conversations(filter, None, 50).await.unwrap();
    let mut ids: Vec<u128> = page
        .items
        .iter()
        .map(|one| one.id.as_uuid().as_u128())
        .collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn a_row_shows_its_assignee_notes_and_what_is_still_unread() {
    let lab = Lab::new().await;
    lab.log.token(77, "Ольга");
    lab.log.customer(5, "Анна", None, "79991112233");
    for (message, seconds) in [(100, 1), (101, 2)] {
        lab.log.received(5, message, seconds, seconds);
    }
    lab.log.conversation(5, assigned(Some(77)));
    lab.log.conversation(5, noted("first"));
    lab.log.conversation(
        5,
        ConversationEvent::ReadByOperator {
            at: at(8),
            by: olga(),
            up_to: Some(message_id(100)),
            unread: 1,
        },
    );
    let one = shown(&lab, 5).await;
    let assignee = one.assignee.unwrap();
    assert_eq!((assignee.id, assignee.name.as_str()), (uuid(77), "Ольга"));
    assert_eq!((one.note_count, one.last_note_at), (1, Some(at(7))));
    assert_eq!(one.unread_count, 1);
    lab.log.conversation(5, assigned(None));
    assert_eq!(shown(&lab, 5).await.assignee, None);
}

#[tokio::test]
async fn filters_of_work_narrow_the_list() {
    let lab = Lab::new().await;
    for id in 5..=7 {
        lab.log.customer(id, "Анна", None, "79991112233");
    }
    lab.log.received(5, 100, 1, 1);
    lab.log.conversation(6, assigned(Some(77)));
    lab.log
        .conversation(7, handled(Handler::Nobody, 1, Some(5)));
    for (id, tag) in [(5, "vip"), (6, "VIP"), (7, "vip \"new\" 100%")] {
        let tagged = ContactEvent::TagAssigned {
            at: at(2),
            session: None,
            personal: TagName {
                tag: tag.to_owned(),
            }
            .into(),
        };
        lab.log.push(aggregate_type::CONTACT, uuid(id), tagged);
    }
    let all = ConversationFilter::default();
    let assignee = |assignee| ConversationFilter {
        assignee: Some(assignee),
        ..ConversationFilter::default()
    };
    let awaiting = |is_awaiting| ConversationFilter {
        is_awaiting: Some(is_awaiting),
        ..ConversationFilter::default()
    };
    let unread = |is_unread| ConversationFilter {
        is_unread: Some(is_unread),
        ..ConversationFilter::default()
    };
    let tag = |tag: &str| ConversationFilter {
        tag: Some(tag.to_owned()),
        ..ConversationFilter::default()
    };
    let olga = AssigneeFilter::Person(TokenId::new(uuid(77)));
    for (filter, expected) in [
        (all, vec![5, 6, 7]),
        (assignee(olga), vec![6]),
        (assignee(AssigneeFilter::Nobody), vec![5, 7]),
        (awaiting(true), vec![7]),
        (awaiting(false), vec![5, 6]),
        (unread(true), vec![5]),
        (unread(false), vec![6, 7]),
        (tag("vip"), vec![5]),
        (tag("vip \"new\" 100%"), vec![7]),
        (tag("new"), vec![]),
    ] {
        assert_eq!(ids(&lab, &filter).await, expected, "{filter:?}");
    }
    let untagged = ContactEvent::TagRemoved {
        at: at(3),
        personal: TagName {
            tag: "vip".to_owned(),
        }
        .into(),
    };
    lab.log.push(aggregate_type::CONTACT, uuid(5), untagged);
    assert_eq!(ids(&lab, &tag("vip")).await, Vec::<u128>::new());
}

#[tokio::test]
async fn who_waits_longest_comes_first_in_pages_of_their_own_cursors() {
    let lab = Lab::new().await;
    for (id, since) in [(5, 30), (6, 10), (7, 20), (8, 20)] {
        lab.log.customer(id, "Анна", None, "79991112233");
        lab.log
            .conversation(id, handled(Handler::Nobody, 1, Some(since)));
    }
    lab.log.customer(9, "Вера", None, "79991112244");
    lab.catch_up().await;
    let reads = lab.projections.reads();
    let filter = ConversationFilter::default();
    let waiting = ConversationSort::LongestWaiting;
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = reads
            .sorted_conversations(&filter, waiting, after.as_deref(), 2)
            .await
            .unwrap();
        seen.extend(page.items.iter().map(|one| one.id.as_uuid().as_u128()));
        after = page.next;
        let Some(cursor) = &after else { break };
        let newest = reads.conversations(&filter, Some(cursor), 2).await;
        assert!(newest.is_err(), "a cursor of another order");
    }
    assert_eq!(seen, [6, 7, 8, 5]);
    let newest = reads.conversations(&filter, None, 2).await.unwrap().next;
    let other = reads
        .sorted_conversations(&filter, waiting, newest.as_deref(), 2)
        .await;
    assert!(other.is_err());
}

#[tokio::test]
async fn entries_tell_what_happened_beside_the_messages() {
    let lab = Lab::new().await;
    lab.log.token(77, "Ольга");
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.received(5, 100, 1, 1);
    lab.log.conversation(5, assigned(Some(77)));
    lab.log.conversation(5, noted("first"));
    lab.log
        .conversation(5, handled(Handler::Person(olga()), 1, None));
    let closed = ConversationEvent::Closed {
        at: at(9),
        by: olga(),
    };
    lab.log.conversation(5, closed);
    let reopened = ConversationEvent::Reopened {
        at: at(10),
        by: None,
    };
    lab.log.conversation(5, reopened);
    lab.catch_up().await;
    let reads = lab.projections.reads();
    let first = reads.entries(conversation_id(5), None, 3).await.unwrap();
    let after = first.next.as_deref();
    let rest = reads.entries(conversation_id(5), after, 3).await.unwrap();
    assert_eq!(rest.next, None);
    let all: Vec<_> = first.items.iter().chain(&rest.items).collect();
    let [reopened, closed, taken, note, assigned] = all[..] else {
        panic!("five entries: {all:?}");
    };
    assert_eq!(
        (&reopened.kind, &reopened.actor),
        (&EntryKind::Reopened, &None)
    );
    assert_eq!(closed.actor.as_ref().unwrap().name, "Ольга");
    let EntryKind::HandlerChanged { handler, cause, .. } = &taken.kind else {
        panic!("a change of the handler: {taken:?}");
    };
    assert!(matches!(handler, HandlerView::Person { name, .. } if name == "Ольга"));
    assert_eq!(cause, "taken_over");
    let EntryKind::Noted { note } = &note.kind else {
        panic!("a note: {note:?}");
    };
    assert_eq!(note, "first");
    let EntryKind::Assigned { to: Some(to) } = &assigned.kind else {
        panic!("an assignment: {assigned:?}");
    };
    assert_eq!((to.name.as_str(), assigned.at), ("Ольга", at(6)));
}
