//! The operations that run on one socket.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Response;
use futures::stream::{AbortHandle, Abortable, BoxStream, SelectAll, once};
use futures::{StreamExt, future};

/// Something of an operation: a result, or its end.
struct Step {
    id: Arc<str>,
    number: u64,
    response: Option<Response>,
}

/// Running operations by their ids.
#[derive(Default)]
pub(super) struct Operations {
    running: HashMap<Arc<str>, (u64, AbortHandle)>,
    steps: SelectAll<BoxStream<'static, Step>>,
    /// Tells an operation from an earlier one with the same id.
    started: u64,
}

impl Operations {
    /// How many run.
    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether one of this id runs.
    pub(super) fn contains(&self, id: &str) -> bool {
        self.running.contains_key(id)
    }

    /// Runs one.
    pub(super) fn start(&mut self, id: &str, responses: BoxStream<'static, Response>) {
        self.started += 1;
        let (id, number): (Arc<str>, u64) = (Arc::from(id), self.started);
        let (abort, registration) = AbortHandle::new_pair();
        let responses = Abortable::new(responses, registration).map(Some);
        let steps = responses.chain(once(future::ready(None)));
        let step_id = Arc::clone(&id);
        self.steps.push(
            steps
                .map(move |response| Step {
                    id: Arc::clone(&step_id),
                    number,
                    response,
                })
                .boxed(),
        );
        self.running.insert(id, (number, abort));
    }

    /// Ends one; that it is unknown means that it ended by itself.
    pub(super) fn stop(&mut self, id: &str) {
        if let Some((_, abort)) = self.running.remove(id) {
            abort.abort();
        }
    }

    /// The next result, or with `None` the end of an operation. Waits for ever while none runs.
    pub(super) async fn next(&mut self) -> (Arc<str>, Option<Response>) {
        loop {
            let Some(step) = self.steps.next().await else {
                return future::pending().await;
            };
            let current = self.running.get(&step.id);
            if current.is_none_or(|(number, _)| *number != step.number) {
                continue;
            }
            if step.response.is_none() {
                self.running.remove(&step.id);
            }
            return (step.id, step.response);
        }
    }
}
