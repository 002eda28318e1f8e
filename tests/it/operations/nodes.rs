//! `vestnik nodes`: on SQLite the one server, on PostgreSQL each with what it has to do.

use anyhow::ensure;

use crate::cluster;
use crate::support::{TestApp, eventually};

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[tokio::test]
async fn one_server_shows_itself_in_both_languages() {
    let app = TestApp::with_number().await;
    let said = app.vestnik(&[], &["nodes"]).await.good();
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[0].contains(VERSION) && lines[0].contains("works (asked)"),
        "{said}"
    );
    let said = app.vestnik(&[], &["--lang", "ru", "nodes"]).await.good();
    assert!(said.contains("работает (опрошен)"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_node_is_listed_with_its_leases_until_it_is_gone() -> anyhow::Result<()> {
    let Some(mut lab) = cluster::nodes(2, 2, "", Vec::new()).await? else {
        return Ok(());
    };
    lab.spread_over(2).await?;
    let said = cluster::vestnik(&lab, 0, &["nodes"]).await?.good();
    let nodes: Vec<&str> = said.lines().filter(|line| !line.starts_with(' ')).collect();
    ensure!(nodes.len() == 2, "{said}");
    ensure!(nodes[0].contains("works (asked)"), "{said}");
    ensure!(nodes.iter().all(|node| node.contains(VERSION)), "{said}");
    for lease in [
        "chores",
        "strays",
        "conversations/00",
        "read_model/messages",
    ] {
        let lines = said
            .lines()
            .filter(|line| line.starts_with(&format!("  {lease}")));
        ensure!(lines.count() == 1, "{lease}: {said}");
    }
    lab.kill(1).await?;
    eventually("the killed node is gone", || async {
        let said = cluster::vestnik(&lab, 0, &["nodes"]).await.ok()?;
        let is_gone = |line: &&str| line.contains("\tgone\t");
        said.good().lines().any(|line| is_gone(&line)).then_some(())
    })
    .await;
    lab.spread_over(1).await
}
