//! The table `published_marks`: how far the log was published to each stream of a broker.
//!
//! Invariant: a mark moves only under the lease it was published under.

use application::ports::StoreError;
use application::ports::broker::PublishedId;
use application::ports::leases::Fence;
use application::ports::published_marks::PublishedMarks;
use async_trait::async_trait;
use domain::time::Timestamp;

use super::context::{AdapterContext, unavailable};
use super::db::{Connection, Pool, Statement, query};
use super::rows::{parse, signed, unsigned};
use super::write_queue::{WriteKind, WriteQueue, Writer};

/// There is one publisher.
const CAPACITY: usize = 4;

const FIND: Statement = Statement::portable(
    "published_find",
    "select epoch, position from published_marks where stream = $1",
);

/// `$4` and `$5` the fence.
const PUT: Statement = Statement::of(
    "published_put",
    "insert into published_marks (stream, epoch, position) \
     select $1, $2, $3 where $4 is null and $5 is null \
     on conflict (stream) do update set epoch = excluded.epoch, position = excluded.position",
    "insert into published_marks (stream, epoch, position) \
     select $1::text, $2::text, $3::bigint where lease_holds($4, $5) \
     on conflict (stream) do update set epoch = excluded.epoch, position = excluded.position",
);

/// The statements of this file.
pub(in crate::database) const STATEMENTS: &[Statement] = &[FIND, PUT];

/// The marks beside a log.
#[derive(Debug)]
pub struct PublishedRows {
    reads: Pool,
    writer: Writer<PutMark>,
}

impl PublishedRows {
    /// The marks with their lane of the write queue.
    pub fn new(context: &AdapterContext, queue: &mut WriteQueue) -> Self {
        Self {
            reads: context.reads.clone(),
            writer: queue.lane(PutMark, CAPACITY),
        }
    }
}

#[async_trait]
impl PublishedMarks for PublishedRows {
    async fn find(&self, stream: &str) -> Result<Option<PublishedId>, StoreError> {
        let row: Option<(String, i64)> = query(FIND)
            .bind(stream)
            .fetch_optional(&self.reads)
            .await
            .map_err(unavailable)?;
        row.map(|(epoch, position)| {
            Ok(PublishedId {
                epoch: parse(&epoch, "published_marks.epoch")?,
                position: unsigned(position),
            })
        })
        .transpose()
    }

    async fn put(
        &self,
        stream: &str,
        last: PublishedId,
        fence: Option<Fence>,
    ) -> Result<(), StoreError> {
        let put = (stream.to_owned(), last, fence);
        if self.writer.submit_patiently(put).await? {
            Ok(())
        } else {
            Err(StoreError::LeaseLost)
        }
    }
}

/// Moves a mark; whether its lease still holds.
#[derive(Debug)]
struct PutMark;

#[async_trait]
impl WriteKind for PutMark {
    type Input = (String, PublishedId, Option<Fence>);
    type Output = bool;

    const MAX_BATCH: usize = CAPACITY;

    async fn run(
        &self,
        transaction: &mut Connection,
        _now: Timestamp,
        inputs: &[Self::Input],
    ) -> Result<Vec<Self::Output>, sqlx::Error> {
        let mut outputs = Vec::with_capacity(inputs.len());
        for (stream, last, fence) in inputs {
            let put = query(PUT)
                .bind(stream)
                .bind(last.epoch.to_string())
                .bind(signed(last.position))
                .bind(fence.as_ref().map(|fence| &*fence.lease))
                .bind(fence.as_ref().map(|fence| fence.token))
                .execute(&mut *transaction)
                .await?;
            outputs.push(put > 0);
        }
        Ok(outputs)
    }
}
