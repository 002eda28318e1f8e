//! The inbox against a real database.

mod held;
mod identities;

use std::sync::Arc;

use application::ports::hashes::{KeyedHash, KeyedHashes};
use application::ports::inbox::{
    HoldReason, IdentityKey, ItemClass, NewDelivery, NewItem, ResolveItem, StoredItem,
};
use application::ports::row_op::RowOp;
use domain::ids::{ContactId, ConversationId, MessageId};
use uuid::Uuid;

use crate::database::test_support::{TestDatabase, on_both};

on_both! {
    duplicates_are_dropped_within_and_across_deliveries,
    a_restart_keeps_items_and_their_order,
    a_thousand_items_share_one_body,
    bodies_larger_than_a_statement_keep_their_items,
    new_customers_met_at_the_same_time_become_one_contact,
    the_strongest_identifier_wins_and_names_the_other_contact,
    orphans_come_back_under_new_ids_when_their_send_is_known,
    held_items_come_back_when_their_number_is_added,
    an_item_is_parked_after_five_failed_tries,
    an_item_is_done_once,
    a_reader_that_found_nothing_is_not_woken_for_the_same_items,
    activity_and_the_oldest_open_item_are_known,
    the_sweep_drops_what_is_old_and_handled_only,
}

const NUMBER: &str = "106540352242922";

fn key(name: &str) -> KeyedHash {
    KeyedHash(*Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_bytes())
}

fn item(ordinal: u32, name: &str) -> NewItem {
    NewItem {
        ordinal,
        class: ItemClass::Message,
        phone_number_id: Some(NUMBER.to_owned()),
        dedupe: key(name),
        hold: None,
    }
}

fn held(ordinal: u32, name: &str) -> NewItem {
    NewItem {
        hold: Some(HoldReason::UnknownNumber),
        ..item(ordinal, name)
    }
}

fn delivery(body: &str, items: Vec<NewItem>) -> NewDelivery {
    NewDelivery {
        body: body.to_owned().into(),
        items,
    }
}

async fn accept(database: &TestDatabase, body: &str, items: Vec<NewItem>) -> (usize, usize) {
    let accepted = database
        .inbox
        .accept(delivery(body, items))
        .await
        .expect("accepted");
    (accepted.fresh, accepted.duplicates)
}

async fn open(database: &TestDatabase, after: i64) -> Vec<Arc<StoredItem>> {
    database
        .inbox
        .open_items(after, 2_000, &[])
        .await
        .expect("open items")
}

fn bodies(items: &[Arc<StoredItem>]) -> Vec<&str> {
    items
        .iter()
        .map(|item| std::str::from_utf8(&item.body).expect("text"))
        .collect()
}

fn ask(item: i64, keys: &[(&'static str, &str)], seed: u128) -> ResolveItem {
    ResolveItem {
        item,
        phone_number_id: NUMBER.to_owned(),
        keys: keys
            .iter()
            .map(|(kind, name)| IdentityKey {
                scope: "portfolio",
                kind,
                hash: key(name),
            })
            .collect(),
        new_contact: ContactId::new(Uuid::from_u128(1_000 + seed)),
        new_conversation: ConversationId::new(Uuid::from_u128(2_000 + seed)),
    }
}

async fn route(database: &TestDatabase, wamid: KeyedHash) {
    let op = RowOp::WamidRoute {
        wamid,
        message: MessageId::new(Uuid::from_u128(7)),
        conversation: ConversationId::new(Uuid::from_u128(8)),
        contact: ContactId::new(Uuid::from_u128(9)),
    };
    database.commit(&[op]).await.expect("committed");
}

async fn duplicates_are_dropped_within_and_across_deliveries(database: TestDatabase) {
    assert_eq!(
        accept(
            &database,
            "one",
            vec![item(0, "a"), item(1, "a"), item(2, "b")]
        )
        .await,
        (2, 1)
    );
    assert_eq!(accept(&database, "two", vec![item(0, "b")]).await, (0, 1));
    let together = futures::future::join_all(
        (0..50).map(|_| database.inbox.accept(delivery("three", vec![item(0, "c")]))),
    )
    .await;
    let fresh: usize = together
        .into_iter()
        .map(|accepted| accepted.expect("accepted").fresh)
        .sum();
    assert_eq!(fresh, 1);
    assert_eq!(bodies(&open(&database, 0).await), ["one", "one", "three"]);
    assert_eq!(database.count("select count(*) from deliveries").await, 2);
}

async fn a_restart_keeps_items_and_their_order(database: TestDatabase) {
    for name in ["a", "b", "c"] {
        accept(&database, name, vec![item(0, name)]).await;
    }
    let first = open(&database, 0).await;
    database
        .inbox
        .done(&[first[1].item], None)
        .await
        .expect("done");
    assert!(
        !database
            .inbox
            .failed(first[2].item, "timeout", None)
            .await
            .expect("counted")
    );
    let database = database.restarted().await;
    let items = open(&database, 0).await;
    assert_eq!(bodies(&items), ["a", "c"]);
    assert_eq!(items[1].attempts, 1);
    accept(&database, "d", vec![item(0, "d")]).await;
    assert_eq!(bodies(&open(&database, items[1].item).await), ["d"]);
    assert_eq!(
        accept(&database, "b again", vec![item(0, "b")]).await,
        (0, 1)
    );
}

async fn a_thousand_items_share_one_body(database: TestDatabase) {
    let items = (0..1_000)
        .map(|ordinal| item(ordinal, &format!("k{ordinal}")))
        .collect();
    assert_eq!(accept(&database, "big", items).await, (1_000, 0));
    let database = database.restarted().await;
    let items = open(&database, 0).await;
    assert_eq!(items.len(), 1_000);
    assert!(
        items
            .iter()
            .enumerate()
            .all(|(index, item)| item.ordinal as usize == index)
    );
    assert_eq!(database.count("select count(*) from deliveries").await, 1);
}

async fn bodies_larger_than_a_statement_keep_their_items(database: TestDatabase) {
    let texts: Vec<String> = (0..12)
        .map(|index| format!("{index}").repeat(1 << 20))
        .collect();
    let all = texts.iter().enumerate().map(|(index, text)| {
        database
            .inbox
            .accept(delivery(text, vec![item(0, &format!("k{index}"))]))
    });
    for accepted in futures::future::join_all(all).await {
        assert_eq!(accepted.expect("accepted").fresh, 1);
    }
    let database = database.restarted().await;
    let items = open(&database, 0).await;
    let mut found = bodies(&items);
    found.sort_unstable();
    let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    texts.sort_unstable();
    assert!(found == texts);
}

async fn new_customers_met_at_the_same_time_become_one_contact(database: TestDatabase) {
    accept(
        &database,
        "x",
        vec![item(0, "a"), item(1, "b"), item(2, "c")],
    )
    .await;
    let items: Vec<i64> = open(&database, 0)
        .await
        .iter()
        .map(|item| item.item)
        .collect();
    let (first, second) = tokio::join!(
        database.inbox.resolve(
            vec![
                ask(items[0], &[("bsuid", "anna"), ("wa_id", "491")], 1),
                ask(items[1], &[("wa_id", "491")], 2),
            ],
            None
        ),
        database
            .inbox
            .resolve(vec![ask(items[2], &[("bsuid", "anna")], 3)], None),
    );
    let (first, second) = (first.expect("resolved"), second.expect("resolved"));
    assert_eq!(first[0].resolution, first[1].resolution);
    assert_eq!(first[0].resolution, second[0].resolution);
    assert_eq!(database.count("select count(*) from subject_keys").await, 1);
    assert_eq!(
        database
            .count("select count(*) from conversation_routes")
            .await,
        1
    );
    assert_eq!(database.count("select count(*) from identities").await, 2);
    let key = database
        .context
        .subject_keys
        .find(first[0].resolution.contact)
        .await;
    assert!(key.expect("read").is_some());
    let stamped = open(&database.restarted().await, 0).await;
    assert!(
        stamped
            .iter()
            .all(|item| item.resolved == Some(first[0].resolution))
    );
}

async fn the_strongest_identifier_wins_and_names_the_other_contact(database: TestDatabase) {
    let resolve = async |keys: &[(&'static str, &str)], seed| {
        let resolved = database
            .inbox
            .resolve(vec![ask(0, keys, seed)], None)
            .await
            .expect("resolved");
        (resolved[0].resolution.contact, resolved[0].conflict)
    };
    let (anna, _) = resolve(&[("bsuid", "anna")], 1).await;
    let (berta, _) = resolve(&[("wa_id", "492")], 2).await;
    assert_eq!(
        resolve(&[("bsuid", "anna"), ("wa_id", "492")], 3).await,
        (anna, Some(berta))
    );
    assert_eq!(resolve(&[("wa_id", "492")], 4).await, (berta, None));
    // An identifier not seen before goes to the contact that a weaker, known one names.
    assert_eq!(
        resolve(&[("bsuid", "new"), ("wa_id", "492")], 5).await,
        (berta, None)
    );
    assert_eq!(resolve(&[("bsuid", "new")], 6).await, (berta, None));
}

async fn orphans_come_back_under_new_ids_when_their_send_is_known(database: TestDatabase) {
    let wamid = database.context.keyring.wamid(NUMBER, "wamid.X");
    accept(&database, "status", vec![item(0, "a")]).await;
    accept(&database, "other", vec![item(0, "b")]).await;
    let items = open(&database, 0).await;
    assert!(
        database
            .inbox
            .orphan(items[0].item, wamid, None)
            .await
            .expect("set aside")
    );
    let last = items[1].item;
    assert!(open(&database, last).await.is_empty());
    let inbox = Arc::clone(&database.inbox);
    let (woken, ()) = tokio::join!(inbox.wait_for_items(last), route(&database, wamid));
    let () = woken;
    let released = open(&database, last).await;
    assert_eq!(bodies(&released), ["status"]);
    assert_eq!(released[0].received_at, items[0].received_at);
    assert!(
        !database
            .inbox
            .orphan(released[0].item, wamid, None)
            .await
            .expect("known")
    );
    let targets = database
        .inbox
        .find_wamids(&[key("none"), wamid])
        .await
        .expect("found");
    assert_eq!(targets[0], None);
    assert_eq!(
        targets[1].map(|target| target.message),
        Some(MessageId::new(Uuid::from_u128(7)))
    );
    // What is accepted after a release follows it.
    accept(&database, "next", vec![item(0, "c")]).await;
    assert_eq!(bodies(&open(&database, last).await), ["status", "next"]);
}

async fn held_items_come_back_when_their_number_is_added(database: TestDatabase) {
    accept(&database, "early", vec![held(0, "a"), held(1, "b")]).await;
    accept(&database, "known", vec![item(0, "c")]).await;
    let items = open(&database, 0).await;
    assert_eq!(bodies(&items), ["known"]);
    let other = NewItem {
        hold: Some(HoldReason::NotUnderstood),
        ..item(0, "d")
    };
    accept(&database, "strange", vec![other]).await;
    assert_eq!(database.count("select count(*) from deliveries").await, 1);
    assert_eq!(
        database.inbox.release_held(NUMBER).await.expect("released"),
        2
    );
    let released = open(&database, items[0].item).await;
    assert_eq!(bodies(&released), ["early", "early"]);
    assert_eq!(released[1].ordinal, 1);
    assert_eq!(
        database.inbox.release_held(NUMBER).await.expect("released"),
        0
    );
    assert_eq!(database.count("select count(*) from held_items").await, 1);
    assert_eq!(
        database.count("select count(*) from held_deliveries").await,
        1
    );
}

async fn an_item_is_parked_after_five_failed_tries(database: TestDatabase) {
    accept(&database, "poison", vec![item(0, "a"), item(1, "b")]).await;
    let items = open(&database, 0).await;
    for _ in 0..4 {
        assert!(
            !database
                .inbox
                .failed(items[0].item, "no", None)
                .await
                .expect("counted")
        );
    }
    assert!(
        database
            .inbox
            .failed(items[0].item, "no", None)
            .await
            .expect("counted")
    );
    let database = database.restarted().await;
    assert_eq!(open(&database, 0).await.len(), 1);
    assert_eq!(
        database
            .count("select count(*) from held_items where reason = 'parked'")
            .await,
        1
    );
}

async fn an_item_is_done_once(database: TestDatabase) {
    accept(&database, "x", vec![item(0, "a")]).await;
    let id = open(&database, 0).await[0].item;
    let done = [RowOp::InboxDone { item: id }];
    database.commit(&done).await.expect("done");
    assert_eq!(database.commit(&done).await, Err("inbox_item_open"));
    assert!(open(&database, 0).await.is_empty());
}

async fn a_reader_that_found_nothing_is_not_woken_for_the_same_items(database: TestDatabase) {
    accept(&database, "x", vec![item(0, "a")]).await;
    let id = open(&database, 0).await[0].item;
    database.inbox.done(&[id], None).await.expect("done");
    assert!(open(&database, 0).await.is_empty());
    let waiting = database.inbox.wait_for_items(0);
    futures::pin_mut!(waiting);
    assert!(futures::poll!(&mut waiting).is_pending());
    accept(&database, "y", vec![item(0, "b")]).await;
    waiting.await;
}

#[tokio::test]
async fn files_hold_no_text_of_bodies() {
    let database = TestDatabase::new().await;
    accept(&database, "canary-4711 body", vec![item(0, "a")]).await;
    accept(&database, "canary-4711 held", vec![held(0, "b")]).await;
    let files = database.files();
    assert!(!files.is_empty());
    for file in files {
        let bytes = std::fs::read(&file).expect("file");
        assert!(
            !bytes.windows(11).any(|part| part == b"canary-4711"),
            "{}",
            file.display()
        );
    }
}

async fn activity_and_the_oldest_open_item_are_known(database: TestDatabase) {
    assert_eq!(database.inbox.oldest_open_seconds().await.expect("age"), 0);
    assert_eq!(
        database.inbox.last_seen_at(NUMBER).await.expect("seen"),
        None
    );
    accept(&database, "x", vec![item(0, "a")]).await;
    database.clock.move_seconds(90);
    assert_eq!(database.inbox.oldest_open_seconds().await.expect("age"), 90);
    accept(&database, "x", vec![item(0, "a")]).await;
    let seen = database.inbox.last_seen_at(NUMBER).await.expect("seen");
    assert_eq!(seen, Some(database.context.clock.now()));
}

async fn the_sweep_drops_what_is_old_and_handled_only(database: TestDatabase) {
    accept(&database, "done", vec![item(0, "a")]).await;
    accept(&database, "open", vec![item(0, "b")]).await;
    accept(&database, "orphan", vec![item(0, "c")]).await;
    let items = open(&database, 0).await;
    database
        .inbox
        .done(&[items[0].item], None)
        .await
        .expect("done");
    database
        .inbox
        .orphan(items[2].item, key("wamid"), None)
        .await
        .expect("set aside");
    database.clock.move_seconds(6 * 86_400);
    database.inbox.sweep().await.expect("swept");
    assert_eq!(database.count("select count(*) from deliveries").await, 3);
    database.clock.move_seconds(2 * 86_400);
    database.inbox.sweep().await.expect("swept");
    assert_eq!(database.count("select count(*) from deliveries").await, 2);
    assert_eq!(database.count("select count(*) from inbox_items").await, 2);
    database.clock.move_seconds(30 * 86_400);
    database.inbox.sweep().await.expect("swept");
    assert_eq!(bodies(&open(&database, 0).await), ["open"]);
    assert_eq!(database.count("select count(*) from day_keys").await, 1);
    database
        .inbox
        .done(&[items[1].item], None)
        .await
        .expect("done");
    database.clock.move_seconds(8 * 86_400);
    database.inbox.sweep().await.expect("swept");
    assert_eq!(database.count("select count(*) from deliveries").await, 0);
    assert_eq!(database.count("select count(*) from day_keys").await, 0);
    assert_eq!(accept(&database, "done", vec![item(0, "a")]).await, (0, 1));
}
