//! Work under a lease that has changed hands writes nothing, whatever it is; with fencing off it would.

use anyhow::ensure;
use application::ports::StoreError;
use application::ports::broker::PublishedId;
use application::ports::event_log::{CommitError, EventLog as _};
use application::ports::inbox::{HoldReason, IdentityKey, ResolveItem};
use application::ports::leases::{Fence, Permit, Work};
use application::ports::outbox::OutboxState;
use application::ports::process_store::{Advance, Move, StoredCommand};
use application::ports::row_op::{OutboxInsert, RowOp};
use domain::ids::{CommandId, ContactId, ConversationId, MessageId, NumberId};
use domain::time::Timestamp;
use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use super::{Installation, NUMBER, Node, key};

const LEASE: Work = Work::Build("test");
const RUN_OUT: &str = "update leases set expires_at = 0";

/// What is tried in a round: names of the kinds of work, and whether something was written.
type Written = Vec<(&'static str, bool)>;

/// One of each kind of work under a fence. Each round has rows of its own.
async fn work(node: &Node, fence: &Fence, round: u128) -> anyhow::Result<Written> {
    let database = &node.database;
    let under = || Some(fence.clone());
    let id = |place: u128| Uuid::from_u128(round * 100 + place);
    let mut items = Vec::new();
    for place in 0..5 {
        let before = items.last().copied().unwrap_or(last_item(node).await?);
        node.accept(&format!("round {round} item {place}")).await?;
        items.push(node.next_item(before).await?);
    }
    let inbox = &database.inbox;
    let mut written = vec![
        ("done", kept(inbox.done(&items[..1], under()).await)?),
        (
            "hold",
            kept(inbox.hold(&items[1..2], HoldReason::Parked, under()).await)?,
        ),
        ("failed", kept(inbox.failed(items[2], "no", under()).await)?),
        (
            "orphan",
            kept(
                inbox
                    .orphan(items[3], key(&format!("wamid {round}")), under())
                    .await,
            )?,
        ),
    ];
    let ask = ResolveItem {
        item: items[4],
        phone_number_id: NUMBER.to_owned(),
        keys: vec![IdentityKey {
            scope: "portfolio",
            kind: "wa_id",
            hash: key(&format!("customer {round}")),
        }],
        new_contact: ContactId::new(id(1)),
        new_conversation: ConversationId::new(id(2)),
    };
    written.push(("resolve", kept(inbox.resolve(vec![ask], under()).await)?));

    let head = database.log.head();
    let done = RowOp::InboxDone { item: items[4] };
    let appended = node
        .carry(round * 100 + 3, vec![done, RowOp::Under(fence.clone())])
        .await;
    written.push(match appended {
        Ok(_) => ("append", true),
        Err(CommitError::Store(StoreError::LeaseLost)) => ("append", false),
        Err(other) => return Err(other.into()),
    });
    ensure!((database.log.head() > head) == written[5].1);

    let message = MessageId::new(id(4));
    let insert = OutboxInsert {
        event_index: 0,
        message,
        number: NumberId::new(id(5)),
        conversation: ConversationId::new(id(2)),
        contact: ContactId::new(id(1)),
        epoch: 1,
        turn: None,
    };
    let begun = RowOp::OutboxInsert(OutboxInsert {
        message: MessageId::new(id(8)),
        ..insert.clone()
    });
    let insert = RowOp::OutboxInsert(insert);
    node.carry(round * 100 + 4, vec![insert, begun]).await?;
    let claimed = kept(database.outbox.claim(vec![message], 30, under()).await)?;
    let states = database.outbox.states(&[message]).await?;
    ensure!((states[&message] == OutboxState::Attempting) == claimed);
    written.push(("claim", claimed));
    // An attempt that may be the next owner's, after a claim whose outcome nobody heard of.
    let begun = MessageId::new(id(8));
    let attempts = database.outbox.claim(vec![begun], 30, None).await?;
    let attempt = attempts.first().map_or(0, |claimed| claimed.attempt);
    let at = Timestamp::from_seconds(0);
    let released = database.outbox.release(begun, attempt, at, under()).await;
    let released = kept(released)?;
    let states = database.outbox.states(&[begun]).await?;
    ensure!((states[&begun] == OutboxState::Queued) == released);
    written.push(("take back", released));

    let process = &database.process;
    let command = |place| StoredCommand {
        id: CommandId::new(id(place)),
        conversation: ConversationId::new(id(2)),
        ordinal: 0,
        decision: String::new(),
        attempts: 0,
        fence: None,
    };
    let shard = u8::try_from(round)?;
    let step = |place, fence| Advance {
        moves: vec![Move {
            shard,
            from: 0,
            to: 0,
            fence,
        }],
        commands: vec![command(place)],
        ..Advance::default()
    };
    let has = async |place| -> anyhow::Result<bool> {
        let pending = process.pending(0, 1_000).await?;
        Ok(pending.iter().any(|one| one.id == command(place).id))
    };
    let advanced = process.advance(step(6, under())).await?;
    ensure!(has(6).await? == advanced);
    written.push(("advance", advanced));
    ensure!(process.advance(step(7, None)).await?);
    let attempts = process.command_failed(command(7).id, "no", under()).await?;
    written.push(("count a failure", attempts > 0));
    process.command_done(command(7).id, under()).await?;
    written.push(("drop a command", !has(7).await?));
    let last = PublishedId {
        epoch: database.log.epoch(),
        position: u64::try_from(round)?,
    };
    let put = database.published.put("events", last, under()).await;
    let put = kept(put)?;
    ensure!((database.published.find("events").await? == Some(last)) == put);
    written.push(("move a mark", put));
    Ok(written)
}

/// Whether it was written; a lost lease is an answer, any other error is not.
fn kept<T>(outcome: Result<T, StoreError>) -> anyhow::Result<bool> {
    match outcome {
        Ok(_) => Ok(true),
        Err(StoreError::LeaseLost) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

async fn last_item(node: &Node) -> anyhow::Result<i64> {
    let items = node.database.inbox.open_items(0, 1_000, &[]).await?;
    Ok(items.last().map_or(0, |item| item.item))
}

fn is(written: &Written, expected: bool) -> bool {
    written.len() == 12 && written.iter().all(|(_, written)| *written == expected)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_owner_writes_nothing() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    let mut sql = PgConnection::connect(&installation.server.url("postgres")).await?;
    let own = first.database.leases.take(LEASE).await?;
    let stale = own.as_ref().and_then(Permit::fence);
    let stale = stale.expect("it is free");
    ensure!(second.database.leases.take(LEASE).await?.is_none());
    let written = work(&first, &stale, 1).await?;
    ensure!(is(&written, true), "the owner works: {written:?}");

    sql.execute(RUN_OUT).await?;
    let written = work(&first, &stale, 2).await?;
    ensure!(is(&written, true), "nobody else has it: {written:?}");
    let taken = second.database.leases.take(LEASE).await?;
    let fresh = taken.as_ref().and_then(Permit::fence);
    let fresh = fresh.expect("it ran out");
    let written = work(&first, &stale, 3).await?;
    ensure!(is(&written, false), "a stale owner: {written:?}");
    let written = work(&second, &fresh, 4).await?;
    ensure!(is(&written, true), "the next owner works: {written:?}");

    // The control: without the check all of it would have been written.
    sql.execute(
        "create or replace function lease_holds(p_name text, p_fence bigint) returns boolean \
         language sql volatile as 'select true'",
    )
    .await?;
    let written = work(&first, &stale, 5).await?;
    ensure!(is(&written, true), "with fencing off: {written:?}");
    first.stop().await;
    second.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_does_not_change_hands_within_a_transaction() -> anyhow::Result<()> {
    let Some(installation) = Installation::start()? else {
        return Ok(());
    };
    let (first, second) = installation.nodes().await?;
    let own = first.database.leases.take(LEASE).await?;
    let fence = own.as_ref().and_then(Permit::fence);
    let fence = fence.expect("it is free");
    let mut sql = PgConnection::connect(&installation.server.url("postgres")).await?;
    let mut transaction = sql.begin().await?;
    let holds: bool = sqlx::query_scalar("select lease_holds($1, $2)")
        .bind(&*fence.lease)
        .bind(fence.token)
        .fetch_one(&mut *transaction)
        .await?;
    ensure!(holds);
    let mut beside = PgConnection::connect(&installation.server.url("postgres")).await?;
    beside.execute(RUN_OUT).await?;
    let taken = second.database.leases.take(LEASE).await?;
    ensure!(taken.is_none(), "work under it is not committed yet");
    transaction.commit().await?;
    ensure!(second.database.leases.take(LEASE).await?.is_some());
    first.stop().await;
    second.stop().await;
    Ok(())
}
