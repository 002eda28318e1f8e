//! Commands that wait to be carried out.

use super::*;
use crate::ports::process_store::StoredCommand;
use crate::process::dispatcher::Queues;

fn command(conversation: u128, ordinal: i64) -> StoredCommand {
    StoredCommand {
        id: CommandId::new(Uuid::nil()),
        conversation: ConversationId::new(Uuid::from_u128(conversation)),
        ordinal,
        decision: String::new(),
        attempts: 0,
    }
}

#[test]
fn conversation_has_one_command_under_way_and_others_go_beside_it() {
    let mut queues = Queues::default();
    queues.add(vec![command(1, 1), command(1, 2), command(2, 3)]);
    let ordinals = |queues: &mut Queues| {
        std::iter::from_fn(|| queues.next())
            .map(|command| command.ordinal)
            .collect::<Vec<_>>()
    };
    assert_eq!(ordinals(&mut queues), [1, 3]);
    queues.finished(command(1, 1).conversation);
    queues.finished(command(2, 3).conversation);
    assert_eq!(ordinals(&mut queues), [2]);
    queues.finished(command(1, 2).conversation);
    queues.add(vec![command(1, 4)]);
    assert_eq!(ordinals(&mut queues), [4]);
}

#[test]
fn no_more_is_taken_in_while_ten_thousand_wait() {
    let mut queues = Queues::default();
    queues.add((0..10_000).map(|ordinal| command(1, ordinal)).collect());
    assert!(queues.is_full());
    assert!(queues.next().is_some());
    assert!(!queues.is_full());
}
