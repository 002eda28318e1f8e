//! What is held, for how long, and how much may wait.

use application::ports::StoreError;
use application::ports::inbox::{HoldReason, NewItem, Release};
use sqlx::ConnectOptions;

use super::{accept, bodies, delivery, held, item, open};
use crate::database::db::query_text;
use crate::database::test_support::{TestDatabase, on_both};

on_both! {
    held_items_are_listed_and_released_by_reason_or_by_id,
    what_was_not_understood_is_looked_at_once_by_each_version,
    held_items_are_dropped_with_their_bodies_and_keys_after_ninety_days,
    a_body_is_kept_for_seven_days_after_its_last_item_was_handled,
    more_bytes_than_may_wait_are_refused_and_small_ones_still_taken,
}

const DAY: i64 = 86_400;

async fn held_items_are_listed_and_released_by_reason_or_by_id(database: TestDatabase) {
    accept(&database, "poison", vec![item(0, "a"), held(1, "b")]).await;
    let id = open(&database, 0).await[0].item;
    for _ in 0..5 {
        database
            .inbox
            .failed(id, "lost", None)
            .await
            .expect("counted");
    }
    let list = database.inbox.held(0, 10).await.expect("listed");
    let reasons: Vec<_> = list.iter().map(|held| held.reason).collect();
    assert_eq!(reasons, [HoldReason::Parked, HoldReason::UnknownNumber]);
    assert_eq!(list[0].error.as_deref(), Some("lost"));
    let rest = database.inbox.held(list[0].item, 10).await.expect("listed");
    assert_eq!(rest.len(), 1);
    let release = async |what| database.inbox.release(what).await.expect("released");
    assert_eq!(release(Release::Reason(HoldReason::Parked)).await, 1);
    assert_eq!(release(Release::Reason(HoldReason::Parked)).await, 0);
    assert_eq!(release(Release::Items(vec![rest[0].item])).await, 1);
    assert_eq!(bodies(&open(&database, id).await), ["poison", "poison"]);
    assert!(database.inbox.held(0, 10).await.expect("listed").is_empty());
}

async fn what_was_not_understood_is_looked_at_once_by_each_version(database: TestDatabase) {
    accept(
        &database,
        "body",
        vec![item(0, "a"), item(1, "b"), held(2, "c")],
    )
    .await;
    let id = open(&database, 0).await[0].item;
    let hold = async |items: &[i64], reason| {
        let held = database.inbox.hold(items, reason, None).await;
        held.expect("held");
    };
    hold(&[id], HoldReason::NotUnderstood).await;
    hold(&[id + 1], HoldReason::Parked).await;
    let looks = async |version: &str| {
        let what = Release::ForVersion(version.to_owned());
        database.inbox.release(what).await.expect("released")
    };
    assert_eq!(looks("1.0").await, 1);
    let again = open(&database, id).await[0].item;
    hold(&[again], HoldReason::NotUnderstood).await;
    assert_eq!(looks("1.0").await, 0);
    assert_eq!(looks("1.1").await, 1);
    assert_eq!(database.inbox.held(0, 10).await.expect("listed").len(), 2);
}

async fn held_items_are_dropped_with_their_bodies_and_keys_after_ninety_days(
    database: TestDatabase,
) {
    let strange = NewItem {
        hold: Some(HoldReason::Unparsable),
        ..item(0, "a")
    };
    accept(&database, "strange", vec![strange, held(1, "b")]).await;
    database.clock.move_seconds(89 * DAY);
    database.inbox.sweep().await.expect("swept");
    assert_eq!(database.count("select count(*) from held_items").await, 2);
    database.clock.move_seconds(2 * DAY);
    database.inbox.sweep().await.expect("swept");
    for table in ["held_items", "held_deliveries", "day_keys"] {
        let count: i64 = query_text("count", format!("select count(*) from {table}"))
            .fetch_one(&database.context.reads)
            .await
            .expect("count");
        assert_eq!(count, 0, "{table}");
    }
}

async fn a_body_is_kept_for_seven_days_after_its_last_item_was_handled(database: TestDatabase) {
    accept(&database, "late", vec![item(0, "a")]).await;
    let id = open(&database, 0).await[0].item;
    database.clock.move_seconds(20 * DAY);
    database.inbox.done(&[id], None).await.expect("done");
    database.clock.move_seconds(6 * DAY);
    database.inbox.sweep().await.expect("swept");
    assert_eq!(database.count("select count(*) from deliveries").await, 1);
    database.clock.move_seconds(2 * DAY);
    database.inbox.sweep().await.expect("swept");
    assert_eq!(database.count("select count(*) from deliveries").await, 0);
}

async fn more_bytes_than_may_wait_are_refused_and_small_ones_still_taken(database: TestDatabase) {
    let refused = database
        .inbox
        .accept(delivery(&"x".repeat(65 << 20), vec![item(0, "a")]))
        .await;
    assert!(matches!(refused, Err(StoreError::Overloaded)));
    for name in ["a", "b"] {
        let body = "x".repeat(40 << 20);
        assert_eq!(accept(&database, &body, vec![item(0, name)]).await, (1, 0));
    }
}

#[tokio::test]
async fn deleted_rows_are_overwritten_in_the_file() {
    let database = TestDatabase::new().await;
    let path = database
        .files()
        .into_iter()
        .find(|file| file.ends_with("log.db"));
    let options = crate::database::open::write_options(&path.expect("log"));
    let mut connection = options.connect().await.expect("connection");
    let is_secure: i64 = sqlx::query_scalar("pragma secure_delete")
        .fetch_one(&mut connection)
        .await
        .expect("pragma");
    assert_eq!(is_secure, 1);
}
