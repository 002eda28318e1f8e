//! Which outbox rows belong to the events of a conversation. Used by people's commands and by the
//! process manager alike, so that no message is ever queued without its row.

use domain::conversation::{Author, Conversation, ConversationEvent};
use domain::ids::ConversationId;

use crate::ports::row_op::{OutboxInsert, RowOp};

/// The row operations of a decision: one insert a queued message, one cancel for all canceled ones.
pub fn conversation_row_ops(
    conversation: ConversationId,
    events: &[ConversationEvent],
    state: &Conversation,
) -> Vec<RowOp> {
    let (Some(number), Some(contact)) = (state.number(), state.contact()) else {
        return Vec::new();
    };
    let mut operations = Vec::new();
    let mut canceled = Vec::new();
    for (event_index, event) in events.iter().enumerate() {
        match event {
            ConversationEvent::MessageQueued {
                message,
                author,
                epoch,
                ..
            } => {
                let turn = match author {
                    Author::Bot { session, turn, .. } => Some((*session, *turn)),
                    Author::Person(_) => None,
                };
                operations.push(RowOp::OutboxInsert(OutboxInsert {
                    event_index,
                    message: *message,
                    number,
                    conversation,
                    contact,
                    epoch: *epoch,
                    turn,
                }));
            }
            ConversationEvent::MessageCanceled { message, .. } => canceled.push(*message),
            _ => {}
        }
    }
    if !canceled.is_empty() {
        operations.push(RowOp::OutboxCancel { messages: canceled });
    }
    operations
}
