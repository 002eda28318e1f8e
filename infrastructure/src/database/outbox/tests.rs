//! The outbox against a real database.

use application::ports::outbox::{OutboxState, RETENTION_SECONDS, Settlement, TURN_HOLD_SECONDS};
use application::ports::row_op::{OutboxInsert, RowOp};
use domain::bot_session::AskedAt;
use domain::ids::{ContactId, ConversationId, MessageId, NumberId, SessionId};
use uuid::Uuid;

use crate::database::row_ops;
use crate::database::test_support::TestDatabase;

fn message(number: u128) -> MessageId {
    MessageId::new(Uuid::from_u128(number))
}

fn conversation() -> ConversationId {
    ConversationId::new(Uuid::from_u128(5))
}

fn insert(number: u128) -> RowOp {
    RowOp::OutboxInsert(OutboxInsert {
        event_index: 1,
        message: message(number),
        number: NumberId::new(Uuid::from_u128(4)),
        conversation: conversation(),
        contact: ContactId::new(Uuid::from_u128(6)),
        epoch: 3,
        turn: Some((SessionId::new(Uuid::from_u128(7)), 2)),
    })
}

/// One commit as the append runs it: check, then apply.
async fn commit(
    database: &TestDatabase,
    ops: &[RowOp],
    first_position: u64,
) -> Result<(), &'static str> {
    let now = database.context.clock.now();
    let mut writer = database.writer().await;
    sqlx::query("begin immediate")
        .execute(&mut writer)
        .await
        .expect("begin");
    let checked: Vec<_> = ops.iter().map(|op| (0, op)).collect();
    let failed = row_ops::check(&mut writer, now, &checked)
        .await
        .expect("checked");
    if let Some((_, name)) = failed.into_iter().next() {
        return Err(name);
    }
    let applied: Vec<_> = ops.iter().map(|op| (0, op, first_position)).collect();
    let effects = row_ops::apply(&mut writer, now, &applied, &[])
        .await
        .expect("applied");
    sqlx::query("commit")
        .execute(&mut writer)
        .await
        .expect("commit");
    database.wakers.committed(effects);
    Ok(())
}

async fn state(database: &TestDatabase, number: u128) -> OutboxState {
    database
        .outbox
        .find(message(number))
        .await
        .expect("read")
        .expect("row")
        .state
}

#[tokio::test]
async fn rows_stand_at_the_position_of_their_event() {
    let database = TestDatabase::new().await;
    let waiting = database.outbox.wait_for_rows(0);
    futures::pin_mut!(waiting);
    assert!(futures::poll!(&mut waiting).is_pending());
    commit(&database, &[insert(1)], 10)
        .await
        .expect("committed");
    waiting.await;
    commit(&database, &[insert(2)], 20)
        .await
        .expect("committed");
    let rows = database.outbox.unsettled(0, 10).await.expect("read");
    assert_eq!(
        rows.iter().map(|row| row.position).collect::<Vec<_>>(),
        [11, 21]
    );
    assert_eq!(rows[0].turn, Some((SessionId::new(Uuid::from_u128(7)), 2)));
    assert_eq!(
        (rows[0].epoch, rows[0].attempt, rows[0].state),
        (3, 0, OutboxState::Queued)
    );
    assert_eq!(
        database.outbox.unsettled(11, 10).await.expect("read").len(),
        1
    );
    assert_eq!(
        database
            .outbox
            .of_conversation(conversation())
            .await
            .expect("read"),
        rows
    );
}

#[tokio::test]
async fn exactly_one_of_claim_and_cancel_wins() {
    let database = TestDatabase::new().await;
    for (number, position) in (1..=20).zip(10..) {
        commit(&database, &[insert(number)], position)
            .await
            .expect("committed");
        let cancel = [RowOp::OutboxCancel {
            messages: vec![message(number)],
        }];
        let (claimed, canceled) = tokio::join!(
            database.outbox.claim(vec![message(number)], 30),
            commit(&database, &cancel, 0)
        );
        let claimed = claimed.expect("answered").len();
        match canceled {
            Ok(()) => assert_eq!(
                (claimed, state(&database, number).await),
                (0, OutboxState::Canceled)
            ),
            Err(name) => {
                assert_eq!((claimed, name), (1, "outbox_queued"));
                assert_eq!(state(&database, number).await, OutboxState::Attempting);
            }
        }
    }
}

#[tokio::test]
async fn a_take_over_that_does_not_know_a_queued_row_is_refused() {
    let database = TestDatabase::new().await;
    commit(&database, &[insert(1), insert(2)], 10)
        .await
        .expect("committed");
    let take_over = |canceled: Vec<MessageId>| {
        [
            RowOp::OutboxNoOther {
                conversation: conversation(),
                canceled: canceled.clone(),
            },
            RowOp::OutboxCancel { messages: canceled },
        ]
    };
    let refused = commit(&database, &take_over(vec![message(1)]), 0).await;
    assert_eq!(refused, Err("outbox_queued"));
    commit(&database, &take_over(vec![message(1), message(2)]), 0)
        .await
        .expect("committed");
    assert_eq!(state(&database, 2).await, OutboxState::Canceled);
}

#[tokio::test]
async fn a_row_is_claimed_once_and_again_after_a_release() {
    let database = TestDatabase::new().await;
    commit(&database, &[insert(1)], 10)
        .await
        .expect("committed");
    let now = database.context.clock.now();
    let asked = async || {
        database
            .outbox
            .asked_at(message(1), now)
            .await
            .expect("read")
    };
    assert_eq!(asked().await, AskedAt::NotYet);
    let (first, second) = tokio::join!(
        database.outbox.claim(vec![message(1), message(99)], 30),
        database.outbox.claim(vec![message(1)], 30),
    );
    let claimed: Vec<_> = first
        .expect("answered")
        .into_iter()
        .chain(second.expect("answered"))
        .collect();
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        (claimed[0].attempt, claimed[0].deadline),
        (1, now.plus_seconds(30))
    );
    assert_eq!(asked().await, AskedAt::Attempted(now));
    let later = now.plus_seconds(5);
    database
        .outbox
        .release(message(1), 7, later)
        .await
        .expect("ignored");
    assert_eq!(state(&database, 1).await, OutboxState::Attempting);
    database
        .outbox
        .release(message(1), 1, later)
        .await
        .expect("released");
    let row = database
        .outbox
        .find(message(1))
        .await
        .expect("read")
        .expect("row");
    assert_eq!(
        (row.state, row.not_before, row.deadline),
        (OutboxState::Queued, Some(later), None)
    );
    assert_eq!(asked().await, AskedAt::NotYet);
    let again = database
        .outbox
        .claim(vec![message(1)], 30)
        .await
        .expect("answered");
    assert_eq!(again[0].attempt, 2);
}

#[tokio::test]
async fn a_question_without_a_row_is_not_asked_yet_until_its_row_may_be_gone() {
    let database = TestDatabase::new().await;
    let now = database.context.clock.now();
    for (age, known) in [
        (0, AskedAt::NotYet),
        (RETENTION_SECONDS, AskedAt::NotYet),
        (RETENTION_SECONDS + 1, AskedAt::Forgotten),
    ] {
        let asked = database.outbox.asked_at(message(9), now.plus_seconds(-age));
        assert_eq!(asked.await.expect("read"), known);
    }
}

#[tokio::test]
async fn what_is_queued_of_a_turn_is_held_and_let_go() {
    let database = TestDatabase::new().await;
    let now = database.context.clock.now();
    let other = RowOp::OutboxInsert(OutboxInsert {
        turn: None,
        ..match insert(4) {
            RowOp::OutboxInsert(row) => row,
            _ => unreachable!("an insert"),
        }
    });
    for (op, position) in [insert(1), insert(2), insert(3), other]
        .into_iter()
        .zip(10..)
    {
        commit(&database, &[op], position).await.expect("committed");
    }
    let claimed = database.outbox.claim(vec![message(1)], 30).await;
    assert_eq!(claimed.expect("answered").len(), 1);
    let not_before = async |number| {
        let row = database.outbox.find(message(number)).await.expect("read");
        row.expect("row").not_before
    };
    for until in [now.plus_seconds(60), now] {
        let hold = RowOp::OutboxHoldTurn {
            conversation: conversation(),
            turn: (SessionId::new(Uuid::from_u128(7)), 2),
            not_before: until,
        };
        commit(&database, &[hold], 0).await.expect("committed");
        assert_eq!(not_before(1).await, None);
        assert_eq!(not_before(2).await, Some(until));
        assert_eq!(not_before(3).await, Some(until));
        assert_eq!(not_before(4).await, None);
    }
}

#[tokio::test]
async fn a_bubble_queued_after_the_rejection_of_its_turn_is_held() {
    let database = TestDatabase::new().await;
    let now = database.context.clock.now();
    commit(&database, &[insert(1)], 10).await.expect("queued");
    let claimed = database.outbox.claim(vec![message(1)], 30).await;
    assert_eq!(claimed.expect("answered").len(), 1);
    let rejected = RowOp::OutboxSettle {
        message: message(1),
        attempt: Some(1),
        settlement: Settlement::Rejected,
    };
    commit(&database, &[rejected], 0).await.expect("rejected");
    commit(&database, &[insert(2)], 11).await.expect("queued");
    let row = database.outbox.find(message(2)).await.expect("read");
    assert_eq!(
        row.expect("row").not_before,
        Some(now.plus_seconds(TURN_HOLD_SECONDS))
    );
}

#[tokio::test]
async fn an_attempt_is_settled_by_its_own_number_or_by_evidence() {
    let database = TestDatabase::new().await;
    let settle = |attempt, settlement| {
        [RowOp::OutboxSettle {
            message: message(1),
            attempt,
            settlement,
        }]
    };
    let refused = Err("outbox_attempt");
    commit(&database, &[insert(1)], 10)
        .await
        .expect("committed");
    assert_eq!(
        commit(&database, &settle(Some(1), Settlement::Accepted), 0).await,
        refused
    );
    database
        .outbox
        .claim(vec![message(1)], 30)
        .await
        .expect("claimed");
    assert_eq!(
        commit(&database, &settle(Some(2), Settlement::Accepted), 0).await,
        refused
    );
    assert_eq!(
        commit(&database, &settle(Some(1), Settlement::Unknown), 0).await,
        Ok(())
    );
    assert!(
        database
            .outbox
            .unsettled(0, 10)
            .await
            .expect("read")
            .is_empty()
    );
    assert_eq!(
        commit(&database, &settle(None, Settlement::Reconciled), 0).await,
        Ok(())
    );
    assert_eq!(
        commit(&database, &settle(None, Settlement::Reconciled), 0).await,
        refused
    );
    let states = database
        .outbox
        .states(&[message(1), message(2)])
        .await
        .expect("read");
    assert_eq!(
        states.into_iter().collect::<Vec<_>>(),
        [(message(1), OutboxState::Reconciled)]
    );
}
