//! A subscription whose node dies goes on at another one, behind its cursor.

use anyhow::ensure;
use serde_json::{Value, json};

use super::{EVENTS, Socket, position};
use tests::lab::Lab;

use crate::cluster;

/// Reads so many events at a node; the cursor of the last one.
async fn read(
    lab: &Lab,
    node: usize,
    after: &Value,
    count: usize,
    seen: &mut Vec<u64>,
) -> anyhow::Result<Value> {
    let (address, token) = lab.nodes[node].door()?;
    let mut socket = Socket::at(&address, &token).await;
    socket.begin("1", EVENTS, json!({"after": after})).await;
    let mut last = after.clone();
    for _ in 0..count {
        let change = socket.data().await["events"].clone();
        seen.push(position(&change["event"]));
        last = change["cursor"].clone();
    }
    Ok(last)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_a_node_that_died_is_good_at_another() -> anyhow::Result<()> {
    let Some(mut lab) = cluster::nodes(3, 2, "", Vec::new()).await? else {
        return Ok(());
    };
    cluster::load(&lab, 2).await?;
    let mut seen = Vec::new();
    let after = read(&lab, 0, &json!("begin"), 60, &mut seen).await?;
    lab.kill(0).await?;
    // What is now the first one was the second.
    let after = read(&lab, 0, &after, 60, &mut seen).await?;
    let after = read(&lab, 1, &after, 60, &mut seen).await?;
    lab.kill(0).await?;
    let after = read(&lab, 0, &after, 60, &mut seen).await?;
    lab.spread_over(1).await?;
    lab.settle().await?;
    let mut connection = lab.sql().await?;
    let head: i64 = sqlx::query_scalar("select max(position) from events")
        .fetch_one(&mut connection)
        .await?;
    let rest = usize::try_from(head)? - seen.len();
    ensure!(rest > 0, "nothing came after {} events", seen.len());
    read(&lab, 0, &after, rest, &mut seen).await?;
    let all: Vec<u64> = (1..=u64::try_from(head)?).collect();
    ensure!(seen == all, "{} of {head} events", seen.len());
    Ok(())
}
