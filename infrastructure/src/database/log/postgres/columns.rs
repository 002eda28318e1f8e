//! The columns that `append_batch_1` takes, gathered from the commits of a batch.

use std::sync::PoisonError;

use application::ports::outbox::OutboxState;
use application::ports::row_op::RowOp;

use crate::database::log::prepare::Prepared;
use crate::database::row_ops::outbox::state_of;
use crate::database::rows::signed;

/// The columns of each kind of rows; those of one kind are equally long.
#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) commits: Commits,
    pub(super) events: Events<'a>,
    pub(super) keys: Keys<'a>,
    pub(super) items: Items,
    pub(super) inserts: Inserts,
    pub(super) settled: Settled,
    pub(super) alone: Alone,
    pub(super) held: Held,
    pub(super) routes: Routes<'a>,
    pub(super) done: Done,
    pub(super) fences: Fences,
}

#[derive(Default)]
pub(super) struct Commits {
    pub(super) aggregate_type: Vec<&'static str>,
    pub(super) id: Vec<String>,
    pub(super) expected: Vec<i64>,
    pub(super) count: Vec<i32>,
    pub(super) command: Vec<String>,
    pub(super) remember: Vec<bool>,
    pub(super) lane: Vec<i16>,
    pub(super) subject: Vec<Option<String>>,
}

#[derive(Default)]
pub(super) struct Events<'a> {
    pub(super) commit: Vec<i32>,
    pub(super) sequence: Vec<i64>,
    pub(super) event_type: Vec<String>,
    pub(super) version: Vec<String>,
    pub(super) payload: Vec<&'a str>,
    pub(super) metadata: Vec<&'a str>,
}

#[derive(Default)]
pub(super) struct Keys<'a> {
    pub(super) commit: Vec<i32>,
    pub(super) contact: Vec<String>,
    pub(super) wrapped: Vec<&'a [u8]>,
}

#[derive(Default)]
pub(super) struct Items {
    pub(super) commit: Vec<i32>,
    pub(super) item: Vec<i64>,
}

#[derive(Default)]
pub(super) struct Inserts {
    pub(super) commit: Vec<i32>,
    pub(super) index: Vec<i32>,
    pub(super) message: Vec<String>,
    pub(super) number: Vec<String>,
    pub(super) conversation: Vec<String>,
    pub(super) contact: Vec<String>,
    pub(super) epoch: Vec<i64>,
    pub(super) session: Vec<Option<String>>,
    pub(super) turn: Vec<Option<i32>>,
}

#[derive(Default)]
pub(super) struct Settled {
    pub(super) commit: Vec<i32>,
    pub(super) message: Vec<String>,
    pub(super) attempt: Vec<Option<i32>>,
    pub(super) state: Vec<&'static str>,
}

#[derive(Default)]
pub(super) struct Alone {
    pub(super) commit: Vec<i32>,
    pub(super) conversation: Vec<String>,
}

#[derive(Default)]
pub(super) struct Held {
    pub(super) commit: Vec<i32>,
    pub(super) conversation: Vec<String>,
    pub(super) session: Vec<String>,
    pub(super) turn: Vec<i32>,
    pub(super) not_before: Vec<i64>,
}

#[derive(Default)]
pub(super) struct Routes<'a> {
    pub(super) commit: Vec<i32>,
    pub(super) wamid: Vec<&'a [u8]>,
    pub(super) message: Vec<String>,
    pub(super) conversation: Vec<String>,
    pub(super) contact: Vec<String>,
}

#[derive(Default)]
pub(super) struct Done {
    pub(super) commit: Vec<i32>,
    pub(super) command: Vec<String>,
}

#[derive(Default)]
pub(super) struct Fences {
    pub(super) commit: Vec<i32>,
    pub(super) lease: Vec<String>,
    pub(super) token: Vec<i64>,
}

impl<'a> Columns<'a> {
    /// The columns of a batch.
    pub(super) fn of(inputs: &[&'a Prepared]) -> Self {
        let mut columns = Self::default();
        for (number, input) in (1..).zip(inputs) {
            columns.add_commit(number, input);
            for op in &input.commit.row_ops {
                columns.add_op(number, op);
            }
        }
        columns
    }

    fn add_commit(&mut self, number: i32, input: &'a Prepared) {
        let commit = &input.commit;
        let commits = &mut self.commits;
        commits.aggregate_type.push(commit.stream.aggregate_type);
        commits.id.push(commit.stream.id.to_string());
        commits.expected.push(signed(commit.expected_version));
        commits.count.push(int(input.rows.len()));
        commits.command.push(commit.command_id.to_string());
        commits.remember.push(commit.remember);
        commits.lane.push(commit.lane.cast_signed());
        commits
            .subject
            .push(commit.subject.map(|subject| subject.to_string()));
        let events = &mut self.events;
        // They move into the ring only after the commit.
        let named = input.events.lock().unwrap_or_else(PoisonError::into_inner);
        for (sequence, (event, payload)) in
            (commit.expected_version + 1..).zip(named.iter().zip(&input.rows))
        {
            events.commit.push(number);
            events.sequence.push(signed(sequence));
            events.event_type.push(event.event_type.clone());
            events.version.push(event.event_version.clone());
            events.payload.push(payload);
            events.metadata.push(&input.metadata);
        }
        if let Some(new) = &input.new_key {
            self.keys.commit.push(number);
            self.keys.contact.push(new.contact.to_string());
            self.keys.wrapped.push(&new.wrapped);
        }
    }

    fn add_op(&mut self, number: i32, op: &'a RowOp) {
        match op {
            RowOp::InboxDone { item } => {
                self.items.commit.push(number);
                self.items.item.push(*item);
            }
            RowOp::OutboxInsert(insert) => {
                let inserts = &mut self.inserts;
                inserts.commit.push(number);
                inserts.index.push(int(insert.event_index));
                inserts.message.push(insert.message.to_string());
                inserts.number.push(insert.number.to_string());
                inserts.conversation.push(insert.conversation.to_string());
                inserts.contact.push(insert.contact.to_string());
                inserts.epoch.push(signed(insert.epoch));
                let session = insert.turn.map(|(session, _)| session.to_string());
                inserts.session.push(session);
                inserts
                    .turn
                    .push(insert.turn.map(|(_, turn)| turn.cast_signed()));
            }
            RowOp::OutboxSettle {
                message,
                attempt,
                settlement,
            } => {
                self.settled.commit.push(number);
                self.settled.message.push(message.to_string());
                self.settled.attempt.push(attempt.map(u32::cast_signed));
                self.settled.state.push(state_of(*settlement).as_str());
            }
            RowOp::OutboxCancel { messages } => {
                for message in messages {
                    self.settled.commit.push(number);
                    self.settled.message.push(message.to_string());
                    self.settled.attempt.push(None);
                    self.settled.state.push(OutboxState::Canceled.as_str());
                }
            }
            RowOp::OutboxNoOther { conversation, .. } => {
                self.alone.commit.push(number);
                self.alone.conversation.push(conversation.to_string());
            }
            RowOp::OutboxHoldTurn {
                conversation,
                turn: (session, turn),
                not_before,
            } => {
                self.held.commit.push(number);
                self.held.conversation.push(conversation.to_string());
                self.held.session.push(session.to_string());
                self.held.turn.push(turn.cast_signed());
                self.held.not_before.push(not_before.as_micros());
            }
            RowOp::WamidRoute {
                wamid,
                message,
                conversation,
                contact,
            } => {
                self.routes.commit.push(number);
                self.routes.wamid.push(&wamid.0);
                self.routes.message.push(message.to_string());
                self.routes.conversation.push(conversation.to_string());
                self.routes.contact.push(contact.to_string());
            }
            RowOp::ProcessCommandDone { id } => {
                self.done.commit.push(number);
                self.done.command.push(id.to_string());
            }
            RowOp::Under(fence) => {
                self.fences.commit.push(number);
                self.fences.lease.push(fence.lease.to_string());
                self.fences.token.push(fence.token);
            }
            // Rare: written beside the function, in the same transaction (`directory_ops`).
            RowOp::Number(_)
            | RowOp::BotBound { .. }
            | RowOp::BotUnbound { .. }
            | RowOp::Secret { .. }
            | RowOp::SecretDropped { .. }
            | RowOp::Token { .. }
            | RowOp::Blob { .. } => {}
        }
    }
}

/// A count within a batch; never near the limit.
fn int(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
