//! Nodes on one log see what the others do, in order, once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use application::ports::directory::Directory as _;
use application::ports::event_log::{Commit, CommitError, EventLog};
use application::ports::row_op::{NumberRow, OutboxInsert, RowOp};
use domain::ids::{ContactId, ConversationId, MessageId, NumberId, SecretId};
use domain::number::NumberKind;
use futures::future::{join_all, try_join_all};
use tests::conformance::{command, commit, stream};
use uuid::Uuid;

use super::{Installation, Node, view};
use crate::support::{DEADLINE, eventually};

fn log(node: &Node) -> Arc<dyn EventLog> {
    Arc::clone(&node.database.log) as Arc<dyn EventLog>
}

/// Reads on from a cursor until a position; the positions in the order they came.
async fn follow(log: Arc<dyn EventLog>, to: u64) -> anyhow::Result<Vec<u64>> {
    let mut seen = Vec::new();
    let mut after = 0;
    while after < to {
        tokio::time::timeout(DEADLINE, log.wait_beyond(after)).await?;
        for event in log.read_after(after, 17).await? {
            after = event.position;
            seen.push(after);
        }
    }
    Ok(seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_on_every_node_skip_and_repeat_nothing() -> anyhow::Result<()> {
    const COMMITS: u128 = 150;
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    let total = u64::try_from(2 * COMMITS * 2)?;
    let readers = try_join_all([follow(log(&first), total), follow(log(&second), total)]);
    let write = async |node: &Node, base: u128| {
        let log = log(node);
        for part in 0..COMMITS / 10 {
            let numbers = (0..10).map(|number| base + part * 10 + number);
            let commits = numbers.map(|number| log.append(commit(number, 0, command(number), 2)));
            try_join_all(commits).await?;
        }
        anyhow::Ok(())
    };
    let (read, one, two) = futures::join!(readers, write(&first, 1_000), write(&second, 5_000));
    one?;
    two?;
    for seen in read? {
        ensure!(
            seen.into_iter().eq(1..=total),
            "a reader skipped or repeated"
        );
    }
    ensure!(log(&first).read_after(0, 1_000).await?.len() == usize::try_from(total)?);
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_on_hot_streams_lose_and_double_nothing() -> anyhow::Result<()> {
    const STREAMS: u128 = 4;
    const WRITERS: u128 = 8;
    const COMMITS: u128 = 10;
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    let writer = |node: u128, writer: u128| {
        let log = log(if node == 0 { &first } else { &second });
        async move {
            for number in 0..COMMITS {
                let target = (writer + number) % STREAMS;
                let id = command((node * WRITERS + writer) * 1_000 + number);
                loop {
                    let version = log.stream_version(stream(target)).await?;
                    match log.append(commit(target, version, id, 2)).await {
                        Ok(committed) => {
                            ensure!(!committed.duplicate);
                            break;
                        }
                        Err(CommitError::Conflict) => {}
                        Err(other) => return Err(other.into()),
                    }
                }
            }
            Ok(())
        }
    };
    let writers = (0..2).flat_map(|node| (0..WRITERS).map(move |number| (node, number)));
    try_join_all(writers.map(|(node, number)| writer(node, number))).await?;
    let total = u64::try_from(2 * WRITERS * COMMITS * 2)?;
    let mut counted = 0;
    for number in 0..STREAMS {
        let events = log(&second).read_stream(stream(number), 0).await?;
        let sequences = events.iter().map(|event| event.sequence);
        ensure!(sequences.eq(1..=events.len() as u64));
        counted += events.len() as u64;
    }
    ensure!(counted == total, "{counted} of {total} events");
    eventually("both heads", async || {
        (log(&first).head() == total && log(&second).head() == total).then_some(())
    })
    .await;
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_takes_in_wakes_the_other() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    let inbox = Arc::clone(&second.database.inbox);
    let (woken, accepted) = tokio::join!(
        tokio::time::timeout(DEADLINE, inbox.wait_for_items(0)),
        first.accept("a delivery")
    );
    woken?;
    ensure!(accepted?);
    let items = inbox.open_items(0, 10, &[]).await?;
    ensure!(items.len() == 1 && items[0].body.as_ref() == b"a delivery");

    let message = MessageId::new(Uuid::from_u128(1));
    let insert = RowOp::OutboxInsert(OutboxInsert {
        event_index: 0,
        message,
        number: NumberId::new(Uuid::from_u128(2)),
        conversation: ConversationId::new(Uuid::from_u128(3)),
        contact: ContactId::new(Uuid::from_u128(4)),
        epoch: 1,
        turn: None,
    });
    let outbox = Arc::clone(&second.database.outbox);
    let (woken, queued) = tokio::join!(
        tokio::time::timeout(DEADLINE, outbox.wait_for_rows(0)),
        first.carry(10, vec![insert])
    );
    woken?;
    let position = queued?.position;
    let rows = outbox.unsettled(0, 10).await?;
    ensure!(rows.len() == 1 && (rows[0].message, rows[0].position) == (message, position));
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_directory_reaches_the_other_node() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    let id = NumberId::new(Uuid::from_u128(1));
    let number = RowOp::Number(NumberRow {
        id,
        kind: NumberKind::Simulated,
        phone_number_id: "100".to_owned(),
        is_active: true,
        is_removed: false,
        auth_broken: false,
        access_token: SecretId::new(Uuid::from_u128(2)),
        token_fingerprint: "f".to_owned(),
        app_secret: None,
    });
    let added = Commit {
        row_ops: vec![number],
        ..view::commit(1, &[view::revoked_at(1)])
    };
    log(&first).append(added).await?;
    ensure!(first.database.directory.number(id).is_some());
    let found = eventually("the number on the other node", async || {
        second.database.directory.number_by_phone_number_id("100")
    });
    ensure!(found.await.row.id == id);
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_on_nothing_make_one_log() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let opened = join_all((0..4).map(|_| installation.node())).await;
    let nodes: Vec<Node> = opened.into_iter().collect::<Result<_, _>>()?;
    let epoch = nodes[0].database.log.epoch();
    ensure!(nodes.iter().all(|node| node.database.log.epoch() == epoch));
    for (number, node) in (1..).zip(&nodes) {
        log(node)
            .append(commit(number, 0, command(number), 1))
            .await?;
    }
    for node in &nodes {
        let log = log(node);
        tokio::time::timeout(Duration::from_secs(20), log.wait_beyond(3)).await?;
        ensure!(log.read_after(0, 10).await?.len() == 4);
    }
    for node in nodes {
        node.stop().await;
    }
    Ok(())
}
