//! Connections that are lost, servers that crash: a commit is written once and its caller learns it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use application::ports::StoreError;
use application::ports::event_log::{Commit, CommitError, Committed, EventLog};
use application::ports::row_op::RowOp;
use domain::ids::{NumberId, SecretId};
use futures::future::try_join_all;
use secrecy::SecretString;
use sqlx::Connection as _;
use tests::conformance::{command, commit, stream};
use uuid::Uuid;

use super::proxy::{Cut, Proxy};
use super::{Installation, Node};

/// Appends until the log answers: after `Unavailable` the same commit may be appended again.
async fn append(log: &dyn EventLog, commit: Commit) -> anyhow::Result<Committed> {
    loop {
        match log.append(commit.clone()).await {
            Ok(committed) => return Ok(committed),
            Err(CommitError::Store(StoreError::Unavailable(_))) => {}
            Err(other) => return Err(other.into()),
        }
    }
}

/// Many writers append to streams of their own while something goes wrong; answers with the commits written.
async fn write_through(node: &Node, trouble: impl Future<Output = ()>) -> anyhow::Result<u64> {
    const WRITERS: u128 = 12;
    const COMMITS: u64 = 60;
    let log: Arc<dyn EventLog> = Arc::clone(&node.database.log) as _;
    let writer = |writer: u128| {
        let log = Arc::clone(&log);
        async move {
            for version in 0..COMMITS {
                let id = command(writer * 1_000 + u128::from(version));
                let committed = append(log.as_ref(), commit(writer, version, id, 1)).await?;
                ensure!(committed.version == version + 1, "{committed:?}");
            }
            Ok(())
        }
    };
    let writing = try_join_all((0..WRITERS).map(writer));
    let (written, ()) = tokio::join!(writing, trouble);
    written?;
    for number in 0..WRITERS {
        let events = log.read_stream(stream(number), 0).await?;
        ensure!(events.iter().map(|event| event.sequence).eq(1..=COMMITS));
    }
    let total = u64::try_from(WRITERS)? * COMMITS;
    let all = log.read_after(0, usize::try_from(total)? + 1).await?;
    ensure!(all.iter().map(|event| event.position).eq(1..=total));
    Ok(total)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terminated_backends_lose_and_double_nothing() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let node = installation.node().await?;
    let mut admin = sqlx::PgConnection::connect(&installation.server.url("postgres")).await?;
    let killing = async {
        let mut pace = tokio::time::interval(Duration::from_millis(25));
        for _ in 0..40 {
            pace.tick().await;
            let killed = sqlx::query(
                "select pg_terminate_backend(pid) from pg_stat_activity \
                 where application_name = 'vestnik'",
            );
            killed.execute(&mut admin).await.expect("terminated");
        }
    };
    write_through(&node, killing).await?;
    node.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_the_server_loses_and_doubles_nothing() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let node = installation.node().await?;
    let server = Arc::new(installation.server);
    let crashing = async {
        let mut pace = tokio::time::interval(Duration::from_millis(150));
        for _ in 0..3 {
            pace.tick().await;
            let server = Arc::clone(&server);
            // On a thread of its own: a server waits long for a client that has connected and says nothing.
            let restarted = tokio::task::spawn_blocking(move || server.restart());
            restarted.await.expect("it ran").expect("restarted");
        }
    };
    write_through(&node, crashing).await?;
    ensure!(node.accept("after it").await?, "deliveries are taken again");
    node.stop().await;
    Ok(())
}

/// Appends one commit through a proxy that cuts it once; how it was answered, and what the log holds.
async fn cut(cut: Cut, row_ops: Vec<RowOp>) -> anyhow::Result<Option<Committed>> {
    let Some(installation) = Installation::start()? else {
        return Ok(None);
    };
    // In nothing else that the node asks: the stream's id is its subject's as well.
    let marker = command(7).to_string();
    let proxy = Proxy::start(installation.server.folder(), marker, cut)?;
    let node = installation.node_at(&proxy.url()).await?;
    let log = &node.database.log;
    log.append(commit(1, 0, command(1), 1)).await?;
    let marked = Commit {
        row_ops,
        ..commit(7, 0, command(7), 2)
    };
    let committed = log.append(marked).await?;
    ensure!(proxy.cuts() == 1, "it was cut");
    ensure!((committed.version, committed.position) == (2, 3));
    log.append(commit(7, 2, command(8), 1)).await?;
    let mut read = Vec::new();
    while read.len() < 4 {
        let after = read.len() as u64;
        read.extend(log.read_after(after, 10).await?);
    }
    let positions = read.iter().map(|event| event.position);
    ensure!(positions.eq(1..=4), "it is written once");
    node.stop().await;
    Ok(Some(committed))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_written_once() -> anyhow::Result<()> {
    if let Some(committed) = cut(Cut::Answer, Vec::new()).await? {
        ensure!(committed.duplicate, "it finds what it wrote");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_never_arrived_is_sent_again() -> anyhow::Result<()> {
    if let Some(committed) = cut(Cut::Request, Vec::new()).await? {
        ensure!(!committed.duplicate);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_is_cut_in_the_middle_is_done_again_as_a_whole() -> anyhow::Result<()> {
    let secret = RowOp::Secret {
        id: SecretId::new(Uuid::from_u128(1)),
        purpose: "access_token",
        number: NumberId::new(Uuid::from_u128(2)),
        value: SecretString::from("token"),
    };
    if let Some(committed) = cut(Cut::Answer, vec![secret]).await? {
        ensure!(!committed.duplicate, "its first try was rolled back");
    }
    Ok(())
}
