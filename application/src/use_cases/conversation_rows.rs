//! The row operations that belong to a conversation's events: what is queued gets an outbox row, what is
//! canceled loses it.

use domain::conversation::{Author, Conversation, ConversationEvent, Handler};
use domain::ids::ConversationId;

use crate::ports::row_op::{OutboxInsert, RowOp};

/// Row operations for the events of one commit, in the order of the events.
pub fn conversation_row_ops(
    conversation: ConversationId,
    events: &[ConversationEvent],
    state: &Conversation,
) -> Vec<RowOp> {
    let (Some(number), Some(contact)) = (state.number(), state.contact()) else {
        return Vec::new();
    };
    let mut row_ops = Vec::new();
    let mut canceled = Vec::new();
    let mut ends_bots_part = false;
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
                    Author::Person(_) | Author::Automation(_) => None,
                };
                row_ops.push(RowOp::OutboxInsert(OutboxInsert {
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
            ConversationEvent::Closed { .. }
            | ConversationEvent::HandlerChanged {
                handler: Handler::Person(_),
                ..
            } => ends_bots_part = true,
            _ => {}
        }
    }
    if ends_bots_part {
        row_ops.push(RowOp::OutboxNoOther {
            conversation,
            canceled: canceled.clone(),
        });
    }
    if !canceled.is_empty() {
        row_ops.push(RowOp::OutboxCancel { messages: canceled });
    }
    row_ops
}
