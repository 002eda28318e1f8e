//! What is told after commits are durable: keys, directory, ring, head.

use std::sync::{Arc, PoisonError};

use application::ports::event_log::{Committed, RecordedEvent};
use tokio::sync::watch;

use super::prepare::Prepared;
use super::ring::Ring;
use super::watchers::Watchers;
use crate::database::directory::DirectoryState;
use crate::database::subject_keys::SubjectKeys;
use crate::database::wakers::Wakers;

/// Tells this process what it has committed.
#[derive(Debug)]
pub(crate) struct Publisher {
    pub(super) ring: Arc<Ring>,
    pub(super) head: watch::Sender<u64>,
    pub(super) subject_keys: Arc<SubjectKeys>,
    pub(super) directory: Arc<DirectoryState>,
    pub(super) wakers: Arc<Wakers>,
    pub(super) watchers: Arc<Watchers>,
}

impl Publisher {
    /// Commits that are durable now, in the order of their positions; answers with the last position.
    pub(super) fn publish<'a>(
        &self,
        won: impl Iterator<Item = (&'a Prepared, &'a Committed)>,
    ) -> Option<u64> {
        let mut recorded = Vec::new();
        for (input, committed) in won {
            self.remember(input);
            record(input, committed, &mut recorded);
        }
        let last = recorded.last().map(|(event, _)| event.position)?;
        self.ring.push(recorded);
        self.advance(last);
        Some(last)
    }

    /// What a commit changed besides the log.
    pub(super) fn remember(&self, input: &Prepared) {
        if let Some(new) = &input.new_key {
            self.subject_keys
                .remember(new.contact, Arc::clone(&new.key));
        }
        self.directory.apply(&input.commit.row_ops);
    }

    /// Moves the head; never back.
    pub(super) fn advance(&self, to: u64) {
        self.head.send_if_modified(|head| {
            let moved = to > *head;
            *head = to.max(*head);
            moved
        });
    }
}

/// The events of a commit as a reader gets them, with the sizes of their payloads.
fn record(input: &Prepared, committed: &Committed, recorded: &mut Vec<(RecordedEvent, usize)>) {
    let events = std::mem::take(&mut *input.events.lock().unwrap_or_else(PoisonError::into_inner));
    let first = committed.position + 1 - events.len() as u64;
    for (offset, (event, row)) in (0..).zip(events.into_iter().zip(&input.rows)) {
        let event = RecordedEvent {
            position: first + offset,
            stream: input.commit.stream,
            sequence: input.commit.expected_version + 1 + offset,
            event_type: event.event_type,
            event_version: event.event_version,
            data: event.data,
            metadata: input.commit.metadata.clone(),
            command_id: input.commit.command_id,
            recorded_at: committed.recorded_at,
            subject: input.commit.subject,
            lane: input.commit.lane,
        };
        recorded.push((event, row.len()));
    }
}
