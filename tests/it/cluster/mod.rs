//! Several nodes on one PostgreSQL under load: they join, die, are paused, leave and are replaced. Meta's books
//! and the log then say that nothing was lost, repeated or sent out of order.

mod newer;

use std::io::Write as _;

use anyhow::ensure;
use application::tasks::Tasks;
use serde_json::Value;
use tests::lab::{Books, Lab, Place, Setup};
use tests::private_postgres::PrivatePostgres;

use crate::kill::binaries;
use crate::support::{DEADLINE, Said, eventually, vestnik_in};

/// Customers' messages a second and number.
const RATE: u32 = 6;
/// Customers of each number: enough that the pace of a pair holds nobody up.
const CUSTOMERS: u64 = 20;
/// So short that a test need not wait long for a dead node's work, and long enough for a busy machine.
const LEASE_SECONDS: u64 = 3;

/// So many nodes with so many numbers that the same bot answers on, and more settings; nobody writes yet. `None`
/// where PostgreSQL is not installed.
pub(crate) async fn nodes(
    nodes: usize,
    numbers: usize,
    faults: &str,
    settings: Vec<(&'static str, String)>,
) -> anyhow::Result<Option<Lab>> {
    let Some(server) = PrivatePostgres::start()? else {
        return Ok(None);
    };
    let debug = "warn,infrastructure::database::leases=debug";
    let always = vec![
        ("LEASE_SECONDS", LEASE_SECONDS.to_string()),
        ("LOG", debug.to_owned()),
    ];
    let setup = Setup {
        binaries: binaries(),
        place: Place::Postgres(server),
        seed: 1,
        faults: faults.to_owned(),
        settings: [always, settings].concat(),
    };
    Ok(Some(Lab::running(setup, nodes, numbers).await?))
}

/// Customers of all numbers begin to write and do not stop.
pub(crate) async fn load(cluster: &Lab, numbers: usize) -> anyhow::Result<()> {
    cluster.meta.load(numbers, RATE, CUSTOMERS).await
}

/// Runs a command beside a node.
pub(crate) async fn vestnik(
    cluster: &Lab,
    place: usize,
    arguments: &[&str],
) -> anyhow::Result<Said> {
    let url = cluster.postgres()?.url("postgres");
    let settings = [("DATABASE_URL", &*url)];
    Ok(vestnik_in(&cluster.nodes[place].data_dir, &settings, arguments).await)
}

/// As [`nodes`], and customers who write.
async fn cluster(count: usize, numbers: usize, faults: &str) -> anyhow::Result<Option<Lab>> {
    let Some(lab) = nodes(count, numbers, faults, Vec::new()).await? else {
        return Ok(None);
    };
    load(&lab, numbers).await?;
    Ok(Some(lab))
}

/// Waits until so many more requests have reached Meta.
async fn go_on(cluster: &Lab) -> anyhow::Result<()> {
    cluster.meta.go_on("requests", 15).await
}

/// Settles everything and holds what happened against the rules.
async fn settled(cluster: &Lab, name: &str) -> anyhow::Result<Books> {
    cluster.settle().await?;
    let books = cluster.books().await?;
    writeln!(std::io::stdout(), "{name}: {}", books.summary())?;
    let wrong = books.wrong();
    ensure!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), cluster.log());
    Ok(books)
}

/// Whether a node that is gone still holds something: others would have to wait until it runs out.
async fn left_behind(cluster: &Lab) -> anyhow::Result<i64> {
    let left = "select count(*) from leases where owner is not null \
                and not exists (select 1 from nodes where nodes.id = leases.owner)";
    let mut connection = cluster.sql().await?;
    Ok(sqlx::query_scalar(left).fetch_one(&mut connection).await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_join_and_die_lose_and_repeat_nothing() -> anyhow::Result<()> {
    let Some(mut cluster) = cluster(2, 3, "").await? else {
        return Ok(());
    };
    cluster.spread_over(2).await?;
    go_on(&cluster).await?;
    cluster.add().await?;
    cluster.spread_over(3).await?;
    go_on(&cluster).await?;
    cluster.kill(0).await?;
    cluster.spread_over(2).await?;
    go_on(&cluster).await?;
    settled(&cluster, "join and die").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_hands_over_at_once_and_leaves_nothing_unknown() -> anyhow::Result<()> {
    let Some(mut cluster) = cluster(2, 2, "").await? else {
        return Ok(());
    };
    for _ in 0..2 {
        cluster.spread_over(2).await?;
        go_on(&cluster).await?;
        let data_dir = cluster.stop(0).await?;
        ensure!(left_behind(&cluster).await? == 0, "{}", cluster.log());
        cluster.start_again(data_dir).await?;
    }
    cluster.spread_over(2).await?;
    go_on(&cluster).await?;
    let books = settled(&cluster, "rolling restart").await?;
    ensure!(books.unknown() == 0, "{} unknown", books.unknown());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_paused_past_its_leases_writes_nothing_stale() -> anyhow::Result<()> {
    let Some(cluster) = cluster(2, 2, "").await? else {
        return Ok(());
    };
    cluster.spread_over(2).await?;
    go_on(&cluster).await?;
    cluster.pause(0).await?;
    cluster.spread_over(1).await?;
    go_on(&cluster).await?;
    cluster.resume(0).await?;
    cluster.spread_over(2).await?;
    go_on(&cluster).await?;
    settled(&cluster, "paused").await?;
    Ok(())
}

/// Hashes of all read models as they are live.
async fn fingerprints(cluster: &Lab) -> anyhow::Result<Vec<(&'static str, String)>> {
    let tasks = Tasks::default();
    let projections = cluster.projections(&tasks).await?;
    let mut all = Vec::new();
    for name in NAMES {
        all.push((name, projections.fingerprint(name).await?));
    }
    ensure!(tasks.shut_down(DEADLINE).await);
    Ok(all)
}

/// Read models that are built anew.
const NAMES: [&str; 3] = ["conversations", "messages", "contacts"];

async fn rebuild(cluster: &Lab, node: usize, name: &str) -> anyhow::Result<()> {
    let path = format!("/admin/projections/{name}/rebuild");
    let lines = cluster.post(node, &path, &Value::Null).await?;
    ensure!(lines.contains("\"done\":true"), "{name}: {lines}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_beside_the_work_of_three_nodes_shows_what_was_live() -> anyhow::Result<()> {
    let Some(mut cluster) = cluster(2, 2, "").await? else {
        return Ok(());
    };
    go_on(&cluster).await?;
    // While another node starts, whose start must not touch what is being built.
    let (first, second) = (
        rebuild(&cluster, 0, NAMES[0]),
        rebuild(&cluster, 1, NAMES[1]),
    );
    let (first, second) = tokio::join!(first, second);
    first?;
    second?;
    cluster.add().await?;
    cluster.spread_over(3).await?;
    rebuild(&cluster, 2, NAMES[2]).await?;
    settled(&cluster, "rebuild").await?;
    let level = "every node shows everything";
    eventually(level, || async {
        for node in 0..3 {
            let shown = cluster.get(node, "/admin/projections").await.ok()?;
            let shown: Vec<Value> = serde_json::from_str(&shown).ok()?;
            let is_level = |one: &Value| one["lag"] == 0 && one["state"] == "live";
            if shown.is_empty() || !shown.iter().all(is_level) {
                return None;
            }
        }
        Some(())
    })
    .await;
    let list = "/conversations?status=all&limit=100";
    let shown = cluster.get(0, list).await?;
    ensure!(shown.len() > 100, "{shown}");
    for node in 1..3 {
        ensure!(cluster.get(node, list).await? == shown, "node {node}");
    }
    let live = fingerprints(&cluster).await?;
    for (node, name) in NAMES.into_iter().enumerate() {
        rebuild(&cluster, node, name).await?;
    }
    ensure!(fingerprints(&cluster).await? == live);
    for node in 0..3 {
        ensure!(cluster.get(node, list).await? == shown, "node {node}");
    }
    Ok(())
}
