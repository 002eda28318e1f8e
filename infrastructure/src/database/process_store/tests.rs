//! The process manager's store against a real database.

use application::ports::process_store::{Advance, InstanceRow, Move, StoredCommand, TimerRow};
use application::ports::row_op::RowOp;
use domain::ids::{CommandId, ConversationId, SessionId};
use uuid::Uuid;

use crate::database::test_support::{TestDatabase, on_both};

on_both! {
    a_step_on_another_checkpoint_writes_nothing,
    commands_keep_their_order_and_are_stored_once,
    states_are_replaced_and_timers_fire_by_the_clock,
}

fn conversation() -> ConversationId {
    ConversationId::new(Uuid::from_u128(1))
}

fn session() -> SessionId {
    SessionId::new(Uuid::from_u128(2))
}

fn command(id: u128) -> StoredCommand {
    StoredCommand {
        id: CommandId::new(Uuid::from_u128(id)),
        conversation: conversation(),
        ordinal: 0,
        decision: format!("{{\"decision\":{id}}}"),
        attempts: 0,
        fence: None,
    }
}

fn ids(commands: &[StoredCommand]) -> Vec<u128> {
    commands
        .iter()
        .map(|command| command.id.as_uuid().as_u128())
        .collect()
}

async fn pending(database: &TestDatabase) -> Vec<StoredCommand> {
    database.process.pending(0, 100).await.expect("read")
}

async fn a_step_on_another_checkpoint_writes_nothing(database: TestDatabase) {
    let step = |from, to, id| Advance {
        moves: vec![Move {
            shard: 0,
            from,
            to,
            fence: None,
        }],
        commands: vec![command(id)],
        ..Advance::default()
    };
    assert_eq!(database.process.checkpoints(&[0]).await.expect("read"), [0]);
    assert!(
        database
            .process
            .advance(step(0, 5, 1))
            .await
            .expect("answered")
    );
    assert!(
        !database
            .process
            .advance(step(0, 6, 2))
            .await
            .expect("answered")
    );
    assert!(
        !database
            .process
            .advance(step(4, 6, 3))
            .await
            .expect("answered")
    );
    assert!(
        database
            .process
            .advance(step(5, 9, 4))
            .await
            .expect("answered")
    );
    assert_eq!(database.process.checkpoints(&[0]).await.expect("read"), [9]);
    assert_eq!(ids(&pending(&database).await), [1, 4]);
}

async fn commands_keep_their_order_and_are_stored_once(database: TestDatabase) {
    let step = |ids: &[u128]| Advance {
        commands: ids.iter().map(|id| command(*id)).collect(),
        ..Advance::default()
    };
    assert!(
        database
            .process
            .advance(step(&[9, 3, 7]))
            .await
            .expect("answered")
    );
    assert!(
        database
            .process
            .advance(step(&[3, 1]))
            .await
            .expect("answered")
    );
    let stored = pending(&database).await;
    assert_eq!(ids(&stored), [9, 3, 7, 1]);
    assert_eq!(
        database
            .process
            .pending(stored[1].ordinal, 1)
            .await
            .expect("read")[0]
            .id,
        command(7).id
    );
    assert_eq!(
        database
            .process
            .command_failed(command(3).id, "no", None)
            .await
            .expect("counted"),
        1
    );
    assert_eq!(
        database
            .process
            .command_failed(command(3).id, "no", None)
            .await
            .expect("counted"),
        2
    );
    database
        .process
        .command_done(command(9).id, None)
        .await
        .expect("done");
    let op = RowOp::ProcessCommandDone { id: command(7).id };
    database.commit(&[op]).await.expect("committed");
    let finish = Advance {
        finished: vec![command(1).id],
        ..Advance::default()
    };
    assert!(database.process.advance(finish).await.expect("answered"));
    let left = pending(&database).await;
    assert_eq!((ids(&left), left[0].attempts), (vec![3], 2));
    assert_eq!(left[0].decision, command(3).decision);
}

async fn states_are_replaced_and_timers_fire_by_the_clock(database: TestDatabase) {
    let now = database.context.clock.now();
    let timer = |wait, seconds| TimerRow {
        session: session(),
        wait,
        conversation: conversation(),
        due_at: now.plus_seconds(seconds),
    };
    let state = |position| InstanceRow {
        conversation: conversation(),
        position,
        state: format!("{{\"at\":{position}}}"),
    };
    let step = Advance {
        instances: vec![state(1), state(2)],
        set_timers: vec![timer(1, 10)],
        ..Advance::default()
    };
    assert!(database.process.advance(step).await.expect("answered"));
    assert_eq!(
        database
            .process
            .instances(&[conversation()])
            .await
            .expect("read"),
        [state(2)]
    );
    let step = Advance {
        drop_timers: vec![session()],
        set_timers: vec![timer(2, 20)],
        ..Advance::default()
    };
    assert!(database.process.advance(step).await.expect("answered"));
    database.clock.move_seconds(15);
    assert!(
        database
            .process
            .due_timers(&[1], 10)
            .await
            .expect("read")
            .is_empty()
    );
    database.clock.move_seconds(5);
    assert_eq!(
        database.process.due_timers(&[1], 10).await.expect("read"),
        [timer(2, 20)]
    );
    let step = Advance {
        drop_timers: vec![session()],
        ..Advance::default()
    };
    assert!(database.process.advance(step).await.expect("answered"));
    assert!(
        database
            .process
            .due_timers(&[1], 10)
            .await
            .expect("read")
            .is_empty()
    );
}
