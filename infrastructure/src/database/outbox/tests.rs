//! The outbox against a real database.

use application::ports::outbox::{OutboxState, RETENTION_SECONDS, Settlement, TURN_HOLD_SECONDS};
use application::ports::row_op::{OutboxInsert, RowOp};
use domain::bot_session::AskedAt;
use domain::ids::{ContactId, ConversationId, MessageId, NumberId, SessionId};
use uuid::Uuid;

use crate::database::test_support::{TestDatabase, on_both};

on_both! {
    rows_stand_at_the_position_of_their_event,
    exactly_one_of_claim_and_cancel_wins,
    a_take_over_that_does_not_know_a_queued_row_is_refused,
    a_row_is_claimed_once_and_again_after_a_release,
    a_question_without_a_row_is_not_asked_yet_until_its_row_may_be_gone,
    what_is_queued_of_a_turn_is_held_and_let_go,
    a_bubble_queued_after_the_rejection_of_its_turn_is_held,
    an_attempt_is_settled_by_its_own_number_or_by_evidence,
}

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

async fn state(database: &TestDatabase, number: u128) -> OutboxState {
    database
        .outbox
        .find(message(number))
        .await
        .expect("read")
        .expect("row")
        .state
}

async fn rows_stand_at_the_position_of_their_event(database: TestDatabase) {
    let waiting = database.outbox.wait_for_rows(0);
    futures::pin_mut!(waiting);
    assert!(futures::poll!(&mut waiting).is_pending());
    let first = database.append(&[insert(1)]).await.expect("committed");
    waiting.await;
    let second = database.append(&[insert(2)]).await.expect("committed");
    let rows = database.outbox.unsettled(0, 10).await.expect("read");
    assert_eq!(
        rows.iter().map(|row| row.position).collect::<Vec<_>>(),
        [first + 1, second + 1]
    );
    assert_eq!(rows[0].turn, Some((SessionId::new(Uuid::from_u128(7)), 2)));
    assert_eq!(
        (rows[0].epoch, rows[0].attempt, rows[0].state),
        (3, 0, OutboxState::Queued)
    );
    assert_eq!(
        database
            .outbox
            .unsettled(first + 1, 10)
            .await
            .expect("read")
            .len(),
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

async fn exactly_one_of_claim_and_cancel_wins(database: TestDatabase) {
    for number in 1..=20 {
        database.commit(&[insert(number)]).await.expect("committed");
        let cancel = [RowOp::OutboxCancel {
            messages: vec![message(number)],
        }];
        let (claimed, canceled) = tokio::join!(
            database.outbox.claim(vec![message(number)], 30, None),
            database.commit(&cancel)
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

async fn a_take_over_that_does_not_know_a_queued_row_is_refused(database: TestDatabase) {
    database
        .commit(&[insert(1), insert(2)])
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
    let refused = database.commit(&take_over(vec![message(1)])).await;
    assert_eq!(refused, Err("outbox_queued"));
    database
        .commit(&take_over(vec![message(1), message(2)]))
        .await
        .expect("committed");
    assert_eq!(state(&database, 2).await, OutboxState::Canceled);
}

async fn a_row_is_claimed_once_and_again_after_a_release(database: TestDatabase) {
    database.commit(&[insert(1)]).await.expect("committed");
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
        database
            .outbox
            .claim(vec![message(1), message(99)], 30, None),
        database.outbox.claim(vec![message(1)], 30, None),
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
        .release(message(1), 7, later, None)
        .await
        .expect("ignored");
    assert_eq!(state(&database, 1).await, OutboxState::Attempting);
    database
        .outbox
        .release(message(1), 1, later, None)
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
        .claim(vec![message(1)], 30, None)
        .await
        .expect("answered");
    assert_eq!(again[0].attempt, 2);
}

async fn a_question_without_a_row_is_not_asked_yet_until_its_row_may_be_gone(
    database: TestDatabase,
) {
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

async fn what_is_queued_of_a_turn_is_held_and_let_go(database: TestDatabase) {
    let now = database.context.clock.now();
    let other = RowOp::OutboxInsert(OutboxInsert {
        turn: None,
        ..match insert(4) {
            RowOp::OutboxInsert(row) => row,
            _ => unreachable!("an insert"),
        }
    });
    for op in [insert(1), insert(2), insert(3), other] {
        database.commit(&[op]).await.expect("committed");
    }
    let claimed = database.outbox.claim(vec![message(1)], 30, None).await;
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
        database.commit(&[hold]).await.expect("committed");
        assert_eq!(not_before(1).await, None);
        assert_eq!(not_before(2).await, Some(until));
        assert_eq!(not_before(3).await, Some(until));
        assert_eq!(not_before(4).await, None);
    }
}

async fn a_bubble_queued_after_the_rejection_of_its_turn_is_held(database: TestDatabase) {
    let now = database.context.clock.now();
    database.commit(&[insert(1)]).await.expect("queued");
    let claimed = database.outbox.claim(vec![message(1)], 30, None).await;
    assert_eq!(claimed.expect("answered").len(), 1);
    let rejected = RowOp::OutboxSettle {
        message: message(1),
        attempt: Some(1),
        settlement: Settlement::Rejected,
    };
    database.commit(&[rejected]).await.expect("rejected");
    database.commit(&[insert(2)]).await.expect("queued");
    let row = database.outbox.find(message(2)).await.expect("read");
    assert_eq!(
        row.expect("row").not_before,
        Some(now.plus_seconds(TURN_HOLD_SECONDS))
    );
}

async fn an_attempt_is_settled_by_its_own_number_or_by_evidence(database: TestDatabase) {
    let settle = |attempt, settlement| {
        [RowOp::OutboxSettle {
            message: message(1),
            attempt,
            settlement,
        }]
    };
    let refused = Err("outbox_attempt");
    database.commit(&[insert(1)]).await.expect("committed");
    assert_eq!(
        database
            .commit(&settle(Some(1), Settlement::Accepted))
            .await,
        refused
    );
    database
        .outbox
        .claim(vec![message(1)], 30, None)
        .await
        .expect("claimed");
    assert_eq!(
        database
            .commit(&settle(Some(2), Settlement::Accepted))
            .await,
        refused
    );
    assert_eq!(
        database.commit(&settle(Some(1), Settlement::Unknown)).await,
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
        database.commit(&settle(None, Settlement::Reconciled)).await,
        Ok(())
    );
    assert_eq!(
        database.commit(&settle(None, Settlement::Reconciled)).await,
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
