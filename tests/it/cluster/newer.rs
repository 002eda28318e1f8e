//! An event of a newer version among nodes that do not know it: they stop before it, give back what they would
//! have to skip it for, and park nothing. Nodes that know it go on from there.

use std::path::PathBuf;

use anyhow::ensure;
use sqlx::{Executor as _, PgConnection};
use tests::lab::{Lab, scenarios::versions::newer_schema};

use super::{cluster, settled};
use crate::support::eventually;

/// An event that nobody knows, in the conversation that has waited longest.
const APPEND: &str = "with appended as (insert into events (position, aggregate_type, aggregate_id, sequence, event_type, \
       event_version, payload, metadata, command_id, recorded_at, subject, lane) \
     select (select max(position) + 1 from events), aggregate_type, aggregate_id, sequence + 1, \
       'ConversationPondered', '1', '{\"ReadByOperator\": {\"at\": \"2026-11-18T11:06:44Z\", \
         \"by\": {\"id\": \"00000000-0000-0000-0000-000000000061\", \"kind\": \"operator\"}, \
         \"up_to\": \"00000000-0000-0000-0000-000000000102\", \"unread\": 0}}', \
       metadata, gen_random_uuid()::text, recorded_at, subject, lane \
     from events where aggregate_type = 'conversation' and sequence = ( \
       select max(sequence) from events as own where own.aggregate_type = 'conversation' \
         and own.aggregate_id = events.aggregate_id) \
     order by position limit 1 returning aggregate_type, aggregate_id, sequence, position), \
     moved as (update streams set version = appended.sequence from appended \
       where streams.aggregate_type = appended.aggregate_type \
         and streams.aggregate_id = appended.aggregate_id) \
     select position from appended";

async fn append_unknown(sql: &mut PgConnection) -> anyhow::Result<i64> {
    // Nobody appends meanwhile.
    sql.execute("begin").await?;
    sql.execute("select pg_advisory_xact_lock(1986)").await?;
    let position = sqlx::query_scalar(APPEND).fetch_one(&mut *sql).await?;
    sql.execute("commit").await?;
    Ok(position)
}

/// Leases of a kind that wait for a node that knows the event, and all of the kind.
async fn given_back(sql: &mut PgConnection, kind: &str) -> anyhow::Result<(i64, i64)> {
    let count = "select count(*) filter (where owner is null and needs = 'ConversationPondered@1'), \
                 count(*) from leases where name like $1 || '/%'";
    let row = sqlx::query_as(count).bind(kind).fetch_one(sql).await?;
    Ok(row)
}

async fn all_given_back(lab: &Lab, kind: &str) {
    eventually(&format!("{kind}: all given back"), async || {
        let mut sql = lab.sql().await.ok()?;
        let (back, all) = given_back(&mut sql, kind).await.ok()?;
        (back == all && all > 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_a_newer_version_is_left_to_nodes_that_know_it() -> anyhow::Result<()> {
    let Some(mut cluster) = cluster(2, 1, "").await? else {
        return Ok(());
    };
    cluster.meta.go_on("requests", 15).await?;
    let mut sql = cluster.sql().await?;
    newer_schema(&mut sql).await?;
    cluster.meta.go_on("requests", 15).await?;
    let position = append_unknown(&mut sql).await?;
    all_given_back(&cluster, "read_model").await;
    all_given_back(&cluster, "conversations").await;
    // The customer of that conversation writes again: the number is given back too, and nothing is parked.
    all_given_back(&cluster, "number").await;
    let beyond =
        "select count(*) from read_models.projections where state = 'live' and position <> $1 - 1";
    let beyond: i64 = sqlx::query_scalar(beyond)
        .bind(position)
        .fetch_one(&mut sql)
        .await?;
    ensure!(beyond == 0, "{beyond} read models do not stand before it");
    let parked = "select count(*) from held_items";
    let parked: i64 = sqlx::query_scalar(parked).fetch_one(&mut sql).await?;
    ensure!(parked == 0, "{parked} items parked: {}", cluster.log());

    // The upgrade: nodes that know the type.
    let mut folders: Vec<PathBuf> = Vec::new();
    for _ in 0..2 {
        folders.push(cluster.stop(0).await?);
    }
    for upgrade in [
        "update events set event_type = 'ConversationReadByOperator' \
         where event_type = 'ConversationPondered'",
        "update leases set needs = 'ConversationReadByOperator@1' where needs is not null",
    ] {
        sql.execute(upgrade).await?;
    }
    for folder in folders {
        cluster.start_again(folder).await?;
    }
    cluster.spread_over(2).await?;
    settled(&cluster, "newer event").await?;
    cluster.stop_all().await?;
    cluster.assert_rebuilds_equal().await
}
