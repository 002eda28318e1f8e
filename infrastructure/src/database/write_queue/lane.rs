//! Lanes and batches of the write queue without the types of their kinds.

use std::sync::Arc;

use application::ports::StoreError;
use async_trait::async_trait;
use domain::time::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{Job, WriteKind};
use crate::database::db::Connection;

/// A lane without its types.
pub(super) trait Lane: Send {
    fn is_urgent(&self) -> bool;
    /// Jobs that wait.
    fn len(&self) -> usize;
    /// A batch of at most the kind's size divided by `share`.
    fn drain(&mut self, share: usize) -> Option<Box<dyn Batch>>;
}

/// A batch without its types.
#[async_trait]
pub(super) trait Batch: Send {
    async fn run(
        &mut self,
        transaction: &mut Connection,
        now: Timestamp,
    ) -> Result<(), sqlx::Error>;
    fn commit(self: Box<Self>);
    fn fail(self: Box<Self>, error: &StoreError);
    #[expect(clippy::type_complexity, reason = "two halves, or the single one back")]
    fn split(self: Box<Self>) -> Result<(Box<dyn Batch>, Box<dyn Batch>), Box<dyn Batch>>;
}

pub(super) struct KindLane<K: WriteKind> {
    pub(super) kind: Arc<K>,
    pub(super) receiver: mpsc::Receiver<Job<K>>,
}

impl<K: WriteKind> Lane for KindLane<K> {
    fn is_urgent(&self) -> bool {
        K::URGENT
    }

    fn len(&self) -> usize {
        self.receiver.len()
    }

    fn drain(&mut self, share: usize) -> Option<Box<dyn Batch>> {
        let (most, most_bytes) = (K::MAX_BATCH.div_ceil(share), K::MAX_BATCH_BYTES / share);
        let mut inputs = Vec::new();
        let mut answers = Vec::new();
        let mut bytes = 0_usize;
        while inputs.len() < most && bytes < most_bytes {
            let Ok(job) = self.receiver.try_recv() else {
                break;
            };
            bytes = bytes.saturating_add(K::bytes(&job.input));
            inputs.push(job.input);
            answers.push(job.answer);
        }
        (!inputs.is_empty()).then(|| {
            Box::new(KindBatch {
                kind: Arc::clone(&self.kind),
                inputs,
                answers,
                outputs: Vec::new(),
            }) as Box<dyn Batch>
        })
    }
}

struct KindBatch<K: WriteKind> {
    kind: Arc<K>,
    inputs: Vec<K::Input>,
    answers: Vec<oneshot::Sender<Result<K::Output, StoreError>>>,
    outputs: Vec<K::Output>,
}

#[async_trait]
impl<K: WriteKind> Batch for KindBatch<K> {
    async fn run(
        &mut self,
        transaction: &mut Connection,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        self.outputs = self.kind.run(transaction, now, &self.inputs).await?;
        Ok(())
    }

    fn commit(self: Box<Self>) {
        self.kind.committed(&self.inputs, &self.outputs);
        // What a job holds, such as its share of the bytes that may wait, is free when its caller goes on.
        drop(self.inputs);
        for (answer, output) in self.answers.into_iter().zip(self.outputs) {
            // A caller that went away does not undo what is on disk.
            let _ = answer.send(Ok(output));
        }
    }

    fn fail(self: Box<Self>, error: &StoreError) {
        for answer in self.answers {
            let _ = answer.send(Err(error.clone()));
        }
    }

    fn split(self: Box<Self>) -> Result<(Box<dyn Batch>, Box<dyn Batch>), Box<dyn Batch>> {
        if self.inputs.len() < 2 {
            return Err(self);
        }
        let Self {
            kind,
            mut inputs,
            mut answers,
            ..
        } = *self;
        let middle = inputs.len() / 2;
        let later = Self {
            kind: Arc::clone(&kind),
            inputs: inputs.split_off(middle),
            answers: answers.split_off(middle),
            outputs: Vec::new(),
        };
        let earlier = Self {
            kind,
            inputs,
            answers,
            outputs: Vec::new(),
        };
        Ok((Box::new(earlier), Box::new(later)))
    }
}
