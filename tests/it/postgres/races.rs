//! Preconditions hold however two nodes meet: exactly one of them wins.

use anyhow::ensure;
use application::ports::event_log::{CommitError, Committed, EventLog as _};
use application::ports::inbox::{IdentityKey, ResolveItem};
use application::ports::outbox::{OutboxState, Settlement};
use application::ports::row_op::{NumberRow, OutboxInsert, RowOp};
use domain::ids::{ContactId, ConversationId, MessageId, NumberId, SecretId};
use domain::number::NumberKind;
use tests::conformance::remembered;
use uuid::Uuid;

use super::{Installation, NUMBER, key};
use crate::support::DEADLINE;

/// How often each pair meets.
const ROUNDS: u128 = 25;

/// One of the outcomes won; the other one names the precondition.
fn one_won(outcomes: [Result<Committed, CommitError>; 2], refused_for: &str) -> anyhow::Result<()> {
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused = outcomes.iter().any(
        |outcome| matches!(outcome, Err(CommitError::Precondition(name)) if *name == refused_for),
    );
    ensure!(won == 1 && refused, "{outcomes:?}");
    Ok(())
}

fn insert(message: MessageId) -> RowOp {
    RowOp::OutboxInsert(OutboxInsert {
        event_index: 0,
        message,
        number: NumberId::new(Uuid::from_u128(2)),
        conversation: ConversationId::new(Uuid::from_u128(3)),
        contact: ContactId::new(Uuid::from_u128(4)),
        epoch: 1,
        turn: None,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_is_handled_by_one_node() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    let mut last = 0;
    for round in 0..ROUNDS {
        let name = format!("item {round}");
        let (one, two) = tokio::join!(first.accept(&name), second.accept(&name));
        ensure!(one? != two?, "the same delivery is taken once");
        last = first.next_item(last).await?;
        let done = || vec![RowOp::InboxDone { item: last }];
        let (one, two) = tokio::join!(
            first.carry(round * 2, done()),
            second.carry(round * 2 + 1, done())
        );
        one_won([one, two], "inbox_item_open")?;
    }
    let total = u64::try_from(ROUNDS)?;
    let waiting = first.database.log.wait_beyond(total - 1);
    tokio::time::timeout(DEADLINE, waiting).await?;
    ensure!(first.database.log.head() == total, "a loser has written");
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_and_a_cancellation_exclude_each_other() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    for round in 0..ROUNDS {
        let message = MessageId::new(Uuid::from_u128(round + 1));
        first.carry(round * 2, vec![insert(message)]).await?;
        let cancel = RowOp::OutboxCancel {
            messages: vec![message],
        };
        let (claimed, canceled) = tokio::join!(
            first.database.outbox.claim(vec![message], 30, None),
            second.carry(round * 2 + 1, vec![cancel])
        );
        let states = first.database.outbox.states(&[message]).await?;
        match (claimed?.len(), canceled) {
            (0, Ok(_)) => ensure!(states[&message] == OutboxState::Canceled),
            (1, Err(CommitError::Precondition("outbox_queued"))) => {
                ensure!(states[&message] == OutboxState::Attempting);
            }
            other => anyhow::bail!("{other:?}"),
        }
    }
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_is_settled_once() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    for round in 0..ROUNDS {
        let message = MessageId::new(Uuid::from_u128(round + 1));
        first.carry(round * 3, vec![insert(message)]).await?;
        first.database.outbox.claim(vec![message], 30, None).await?;
        let settle = |attempt, settlement| {
            vec![RowOp::OutboxSettle {
                message,
                attempt,
                settlement,
            }]
        };
        let (one, two) = tokio::join!(
            first.carry(round * 3 + 1, settle(Some(1), Settlement::Accepted)),
            second.carry(round * 3 + 2, settle(None, Settlement::Reconciled))
        );
        one_won([one, two], "outbox_attempt")?;
    }
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_and_its_route_always_meet() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    let mut last = 0;
    for round in 0..ROUNDS {
        first.accept(&format!("status {round}")).await?;
        last = first.next_item(last).await?;
        let wamid = key(&format!("wamid {round}"));
        let route = RowOp::WamidRoute {
            wamid,
            message: MessageId::new(Uuid::from_u128(round)),
            conversation: ConversationId::new(Uuid::from_u128(3)),
            contact: ContactId::new(Uuid::from_u128(4)),
        };
        let (set_aside, routed) = tokio::join!(
            first.database.inbox.orphan(last, wamid, None),
            second.carry(round, vec![route])
        );
        routed?;
        let open = first.database.inbox.open_items(last - 1, 10, &[]).await?;
        ensure!(open.len() == 1, "round {round}: the status is lost");
        // Set aside and released under a new id, or left as it was.
        ensure!((open[0].item > last) == set_aside?);
        last = open[0].item;
    }
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_customer_gets_one_contact() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    for round in 0..ROUNDS {
        let ask = |seed: u128| ResolveItem {
            item: 0,
            phone_number_id: NUMBER.to_owned(),
            keys: vec![IdentityKey {
                scope: "portfolio",
                kind: "wa_id",
                hash: key(&format!("customer {round}")),
            }],
            new_contact: ContactId::new(Uuid::from_u128(round * 10 + seed)),
            new_conversation: ConversationId::new(Uuid::from_u128(round * 10 + 5 + seed)),
        };
        let (one, two) = tokio::join!(
            first.database.inbox.resolve(vec![ask(1)], None),
            second.database.inbox.resolve(vec![ask(2)], None)
        );
        let (one, two) = (one?[0].resolution, two?[0].resolution);
        ensure!(one == two, "round {round}: {one:?} and {two:?}");
        let key = second.database.context.subject_keys.find(one.contact);
        ensure!(key.await?.is_some());
    }
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_on_two_nodes_is_done_once() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    for round in 0..ROUNDS {
        let command = tests::conformance::command(round);
        let (one, two) = tokio::join!(
            first.database.log.append(remembered(round, 0, command)),
            second.database.log.append(remembered(round, 0, command))
        );
        let (one, two) = (one?, two?);
        ensure!(one.duplicate != two.duplicate, "{one:?} and {two:?}");
        ensure!((one.version, one.position) == (two.version, two.position));
        ensure!(one.recorded_at == two.recorded_at);
    }
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_number_id_is_taken_once() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    for round in 0..ROUNDS {
        let number = |id: u128| {
            vec![RowOp::Number(NumberRow {
                id: NumberId::new(Uuid::from_u128(id)),
                kind: NumberKind::Live,
                phone_number_id: format!("number {round}"),
                is_active: true,
                is_removed: false,
                auth_broken: false,
                access_token: SecretId::new(Uuid::from_u128(9)),
                token_fingerprint: "f".to_owned(),
                app_secret: None,
            })]
        };
        let (one, two) = (round * 2 + 1, round * 2 + 2);
        let (one, two) = tokio::join!(
            first.carry(one, number(one)),
            second.carry(two, number(two))
        );
        one_won([one, two], "number_exists")?;
    }
    first.stop().await;
    second.stop().await;
    Ok(())
}
