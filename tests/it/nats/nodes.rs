//! Two nodes on one PostgreSQL: one publishes, and the other when that one is paused or dies.

use anyhow::{Context as _, ensure};
use tests::lab::Lab;
use tests::private_nats::PrivateNats;

use super::{stream, up_to};
use crate::cluster;
use crate::support::eventually;

/// The place of the node that publishes, by the order in which the nodes were started.
async fn publisher(lab: &Lab) -> anyhow::Result<usize> {
    let owner = "select (select count(*) from nodes as before where before.started_at < nodes.started_at) \
                 from leases join nodes on nodes.id = leases.owner where leases.name = 'publishing'";
    let mut connection = lab.sql().await?;
    let place: i64 = sqlx::query_scalar(owner).fetch_one(&mut connection).await?;
    Ok(usize::try_from(place)?)
}

/// How many are in the stream now.
async fn count(nats: &PrivateNats) -> anyhow::Result<u64> {
    let info = stream(nats, "vestnik").await.get_info().await?;
    Ok(info.state.last_sequence)
}

async fn goes_on(nats: &PrivateNats) -> anyhow::Result<()> {
    let before = count(nats).await?;
    eventually("more events in NATS", || async {
        (count(nats).await.ok()? > before + 20).then_some(())
    })
    .await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_moves_with_its_lease_and_leaves_no_hole() -> anyhow::Result<()> {
    let Some(nats) = PrivateNats::start().await? else {
        return Ok(());
    };
    let settings = vec![("NATS_URL", nats.url())];
    let Some(mut lab) = cluster::nodes(2, 2, "", settings).await? else {
        return Ok(());
    };
    cluster::load(&lab, 2).await?;
    lab.spread_over(2).await?;
    goes_on(&nats).await?;
    let paused = publisher(&lab).await?;
    lab.pause(paused).await?;
    lab.spread_over(1).await?;
    goes_on(&nats).await?;
    lab.resume(paused).await?;
    lab.spread_over(2).await?;
    goes_on(&nats).await?;
    let killed = publisher(&lab).await?;
    lab.kill(killed).await?;
    lab.spread_over(1).await?;
    goes_on(&nats).await?;
    lab.settle().await?;
    let mut connection = lab.sql().await?;
    let (head, epoch): (i64, String) = sqlx::query_as(
        "select (select max(position) from events), value from log_meta where key = 'epoch'",
    )
    .fetch_one(&mut connection)
    .await
    .context("the log")?;
    let head = u64::try_from(head)?;
    let found = up_to(&nats, "vestnik", &format!("{epoch}:{head}")).await;
    let found: Vec<String> = found.into_iter().map(|one| one.id).collect();
    let wanted: Vec<String> = (1..=head).map(|place| format!("{epoch}:{place}")).collect();
    ensure!(found == wanted, "{} of {head}: {}", found.len(), lab.log());
    let marks = "select count(*) from published_marks where stream = 'vestnik' and position = $1";
    eventually("the mark", || async {
        let mut connection = lab.sql().await.ok()?;
        let marks = sqlx::query_scalar(marks).bind(i64::try_from(head).ok()?);
        let marks: i64 = marks.fetch_one(&mut connection).await.ok()?;
        (marks == 1).then_some(())
    })
    .await;
    Ok(())
}
