//! The conversations read model: each event, twice, out of order, and its pages.

mod work;

use std::collections::BTreeSet;

use domain::any_event::aggregate_type;
use domain::bot::BotEvent;
use domain::bot_session::{BotSessionEvent, WaitKind};
use domain::conversation::{ChangeCause, ConversationEvent, Handler, Note};
use domain::ids::{BotId, ContactId, NumberId, SessionId};

use super::{ConversationFilter, ConversationView, HandlerView};
use crate::message::MessageStatus;
use crate::testing::{Lab, at, conversation_id, message_id, olga, session_started, uuid};

async fn shown(lab: &Lab, id: u128) -> ConversationView {
    lab.catch_up().await;
    lab.projections
        .reads()
        .conversation(conversation_id(id))
        .await
        .unwrap()
        .unwrap()
}

async fn found(lab: &Lab, search: &str) -> Vec<u128> {
    lab.catch_up().await;
    let filter = ConversationFilter {
        search: Some(search.to_owned()),
        ..ConversationFilter::default()
    };
    let page = lab
        .projections
        .reads()
        .conversations(&filter, None, 50)
        .await
        .unwrap();
    let mut ids: Vec<u128> = page
        .items
        .iter()
        .map(|one| one.id.as_uuid().as_u128())
        .collect();
    ids.sort_unstable();
    ids
}

fn handled(handler: Handler, epoch: u64, awaiting: Option<i64>) -> ConversationEvent {
    ConversationEvent::HandlerChanged {
        at: at(5),
        handler,
        epoch,
        cause: ChangeCause::TakenOver,
        awaiting_people_since: awaiting.map(at),
        trigger: None,
    }
}

#[tokio::test]
async fn a_first_message_makes_a_row_with_window_and_unread() {
    let lab = Lab::new().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.received(5, 100, 2, 0);
    let one = shown(&lab, 5).await;
    assert_eq!(one.customer.name.as_deref(), Some("Анна"));
    assert_eq!(one.customer.phone_number.as_deref(), Some("+79991112233"));
    assert_eq!(
        (one.is_closed, one.handler, one.unread_count),
        (false, HandlerView::Nobody, 1)
    );
    assert_eq!(one.window_expires_at, Some(at(24 * 3600)));
    let last = one.last_message.unwrap();
    assert_eq!(
        (last.id, last.content.as_str()),
        (message_id(100), "in 100")
    );
    assert_eq!(
        (last.direction.as_str(), last.status),
        ("inbound", MessageStatus::Received)
    );
    assert_eq!((last.created_at, one.last_message_at), (at(0), Some(at(2))));
}

#[tokio::test]
async fn a_late_message_is_neither_last_nor_does_it_shorten_the_window() {
    let lab = Lab::new().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.received(5, 100, 1, 0);
    lab.log.received(5, 101, 20, -9_000);
    let one = shown(&lab, 5).await;
    assert_eq!(one.last_message.unwrap().id, message_id(100));
    assert_eq!(one.window_expires_at, Some(at(24 * 3600)));
    assert_eq!(one.unread_count, 2);
}

#[tokio::test]
async fn a_persons_answer_is_last_and_clears_unread() {
    let lab = Lab::new().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.received(5, 100, 1, 0);
    lab.log.queued(5, 101, 2);
    let one = shown(&lab, 5).await;
    assert_eq!(one.unread_count, 0);
    let last = one.last_message.unwrap();
    assert_eq!(
        (last.id, last.status),
        (message_id(101), MessageStatus::Pending)
    );
}

#[tokio::test]
async fn a_bot_shows_its_name_version_and_node() {
    let lab = Lab::new().await;
    lab.log.token(77, "Ольга");
    let (bot, session) = (uuid(30), uuid(31));
    let named = BotEvent::Created {
        at: at(0),
        name: "Салон".to_owned(),
    };
    lab.log.push(aggregate_type::BOT, bot, named);
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.received(5, 100, 1, 0);
    let handler = Handler::Bot {
        bot: BotId::new(bot),
        session: SessionId::new(session),
    };
    lab.log.conversation(5, handled(handler, 1, None));
    let started = session_started(5, 30);
    lab.log.push(aggregate_type::BOT_SESSION, session, started);
    let waiting = BotSessionEvent::Waiting {
        wait: 1,
        node: "q1".to_owned(),
        kind: WaitKind::Answer,
        question: message_id(100),
        since: at(1),
        expires_at: at(90),
    };
    lab.log.push(aggregate_type::BOT_SESSION, session, waiting);
    let one = shown(&lab, 5).await;
    let step = one.bot.unwrap();
    assert_eq!(
        (step.name.as_deref(), step.version),
        (Some("Салон"), Some(3))
    );
    assert_eq!(step.node.as_deref(), Some("q1"));
    assert_eq!((one.epoch, one.unread_count), (1, 1));

    lab.log
        .conversation(5, handled(Handler::Nobody, 2, Some(7)));
    let one = shown(&lab, 5).await;
    assert_eq!((one.bot, one.handler), (None, HandlerView::Nobody));
    assert_eq!(one.awaiting_people_since, Some(at(7)));

    lab.log
        .conversation(5, handled(Handler::Person(olga()), 3, None));
    let one = shown(&lab, 5).await;
    assert_eq!(
        one.handler,
        HandlerView::Person {
            id: uuid(77),
            name: "Ольга".to_owned()
        }
    );
    assert_eq!((one.awaiting_people_since, one.unread_count), (None, 0));
}

#[tokio::test]
async fn closing_and_reopening_show() {
    let lab = Lab::new().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.conversation(
        5,
        ConversationEvent::Closed {
            at: at(3),
            by: olga(),
        },
    );
    let one = shown(&lab, 5).await;
    assert_eq!((one.is_closed, one.closed_at), (true, Some(at(3))));
    lab.log.conversation(
        5,
        ConversationEvent::Reopened {
            at: at(4),
            by: None,
        },
    );
    let one = shown(&lab, 5).await;
    assert_eq!((one.is_closed, one.closed_at), (false, None));
}

#[tokio::test]
async fn notes_are_kept_in_order() {
    let lab = Lab::new().await;
    lab.log.token(77, "Ольга");
    lab.log.customer(5, "Анна", None, "79991112233");
    for text in ["first", "second"] {
        let personal = Note {
            text: text.to_owned(),
        }
        .into();
        lab.log.conversation(
            5,
            ConversationEvent::Noted {
                at: at(1),
                by: olga(),
                personal,
            },
        );
    }
    lab.catch_up().await;
    let notes = lab
        .projections
        .reads()
        .notes(conversation_id(5))
        .await
        .unwrap();
    let texts: Vec<_> = notes.iter().map(|note| note.note.as_str()).collect();
    assert_eq!(texts, ["first", "second"]);
    assert!(notes.iter().all(|note| note.author_name == "Ольга"));
}

#[tokio::test]
async fn search_finds_names_usernames_and_any_part_of_a_number() {
    let lab = Lab::new().await;
    lab.log
        .customer(5, "Анна Иванова", Some("Anna_I"), "79991112233");
    lab.log.customer(6, "ЁЛКА 100%", None, "4915155500");
    for (search, expected) in [
        ("анна", vec![5]),
        ("ИВАН", vec![5]),
        ("anna_i", vec![5]),
        ("@ANNA", vec![5]),
        ("annaxi", vec![]),
        ("ёлка", vec![6]),
        ("100%", vec![6]),
        ("%", vec![6]),
        ("1112", vec![5]),
        ("+7 (999) 111-22", vec![5]),
        ("+49", vec![6]),
        ("55", vec![6]),
        ("нет такой", vec![]),
        ("  ", vec![5, 6]),
    ] {
        assert_eq!(found(&lab, search).await, expected, "{search}");
    }
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let lab = Lab::new().await;
    lab.log.customer(5, "Анна", None, "79991112233");
    lab.log.customer(6, "Вера", None, "79991112244");
    lab.log.conversation(
        6,
        ConversationEvent::Closed {
            at: at(3),
            by: olga(),
        },
    );
    lab.log
        .conversation(5, handled(Handler::Person(olga()), 1, None));
    lab.catch_up().await;
    let all = ConversationFilter::default();
    for (filter, expected) in [
        (all.clone(), 2),
        (
            ConversationFilter {
                is_closed: Some(true),
                ..all.clone()
            },
            1,
        ),
        (
            ConversationFilter {
                is_closed: Some(false),
                ..all.clone()
            },
            1,
        ),
        (
            ConversationFilter {
                handler: Some("person".to_owned()),
                ..all.clone()
            },
            1,
        ),
        (
            ConversationFilter {
                handler: Some("bot".to_owned()),
                ..all.clone()
            },
            0,
        ),
        (
            ConversationFilter {
                number: Some(NumberId::new(uuid(1))),
                ..all.clone()
            },
            2,
        ),
        (
            ConversationFilter {
                number: Some(NumberId::new(uuid(2))),
                ..all.clone()
            },
            0,
        ),
        (
            ConversationFilter {
                contact: Some(ContactId::new(uuid(6))),
                ..all.clone()
            },
            1,
        ),
    ] {
        let page = lab
            .projections
            .reads()
            .conversations(&filter, None, 50)
            .await
            .unwrap();
        assert_eq!(page.items.len(), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn pages_have_no_gaps_and_no_repeats() {
    let lab = Lab::new().await;
    for id in 0..23 {
        lab.log.customer(1_000 + id, "Анна", None, "79991112233");
        lab.log
            .received(1_000 + id, 5_000 + id, i64::try_from(id / 4).unwrap(), 0);
    }
    lab.catch_up().await;
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = lab
            .projections
            .reads()
            .conversations(&ConversationFilter::default(), after.as_deref(), 5)
            .await
            .unwrap();
        assert!(page.items.len() == 5 || page.next.is_none());
        seen.extend(page.items.iter().map(|one| (one.last_message_at, one.id)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23);
    assert!(seen.is_sorted_by(|first, second| first > second));
}

#[tokio::test]
async fn a_foreign_cursor_is_refused() {
    let lab = Lab::new().await;
    let filter = ConversationFilter::default();
    assert!(
        lab.projections
            .reads()
            .conversations(&filter, Some("page 2"), 5)
            .await
            .is_err()
    );
}
