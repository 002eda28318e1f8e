//! Batches, bisecting, overload and order.

use std::sync::{Arc, Mutex};

use application::ports::StoreError;
use application::tasks::Tasks;
use async_trait::async_trait;
use domain::time::Timestamp;
use sqlx::{Connection, SqliteConnection};

use super::{WriteKind, WriteQueue, Writer};
use crate::system::SystemClock;

/// Inserts a number; the database refuses a negative one.
#[derive(Debug)]
struct Insert {
    name: &'static str,
    seen: Arc<Mutex<Vec<(&'static str, usize)>>>,
}

#[async_trait]
impl WriteKind for Insert {
    type Input = i64;
    type Output = i64;

    const MAX_BATCH: usize = 8;
    const MAX_BATCH_BYTES: usize = 1_000;

    fn bytes(input: &i64) -> usize {
        usize::try_from(*input).unwrap_or(0)
    }

    async fn run(
        &self,
        transaction: &mut SqliteConnection,
        _now: Timestamp,
        inputs: &[i64],
    ) -> Result<Vec<i64>, sqlx::Error> {
        for input in inputs {
            sqlx::query("insert into n (n) values ($1)")
                .bind(input)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(inputs.to_vec())
    }

    fn committed(&self, inputs: &[i64], _outputs: &[i64]) {
        self.seen.lock().unwrap().push((self.name, inputs.len()));
    }
}

type Seen = Arc<Mutex<Vec<(&'static str, usize)>>>;

async fn connection() -> SqliteConnection {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    sqlx::query("create table n (n integer primary key check (n >= 0))")
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

fn queue() -> (WriteQueue, Writer<Insert>, Writer<Insert>, Seen) {
    let seen = Seen::default();
    let mut queue = WriteQueue::default();
    let urgent = queue.lane(
        Insert {
            name: "urgent",
            seen: Arc::clone(&seen),
        },
        16,
    );
    let later = queue.lane(
        Insert {
            name: "later",
            seen: Arc::clone(&seen),
        },
        16,
    );
    (queue, urgent, later, seen)
}

fn start(queue: WriteQueue, connection: SqliteConnection, tasks: &Tasks) {
    let stop = tasks.stop().clone();
    tasks.spawn(async move {
        queue.run(connection, Arc::new(SystemClock), stop).await;
    });
}

/// Queues all jobs before the queue runs, so that they meet in transactions.
async fn submit_all(
    queue: WriteQueue,
    jobs: Vec<(&Writer<Insert>, i64)>,
) -> Vec<Result<i64, StoreError>> {
    let tasks = Tasks::default();
    let connection = connection().await;
    let answers =
        futures::future::join_all(jobs.into_iter().map(|(writer, input)| writer.submit(input)));
    let started = async { start(queue, connection, &tasks) };
    let (answers, ()) = futures::future::join(answers, started).await;
    assert!(tasks.shut_down(std::time::Duration::from_secs(5)).await);
    answers
}

#[tokio::test]
async fn a_bad_job_fails_alone() {
    let (queue, urgent, later, _) = queue();
    let jobs = vec![
        (&urgent, 1),
        (&urgent, 2),
        (&urgent, -3),
        (&urgent, 4),
        (&later, 5),
    ];
    let answers = submit_all(queue, jobs).await;
    for (index, answer) in answers.iter().enumerate() {
        match answer {
            Ok(_) => assert_ne!(index, 2),
            Err(error) => {
                assert_eq!(index, 2);
                assert!(matches!(error, StoreError::Unavailable(_)));
            }
        }
    }
}

#[tokio::test]
async fn lanes_share_a_transaction_in_order_of_priority() {
    let (queue, urgent, later, seen) = queue();
    let jobs = vec![(&later, 1), (&urgent, 2), (&later, 3)];
    assert!(submit_all(queue, jobs).await.iter().all(Result::is_ok));
    assert_eq!(*seen.lock().unwrap(), [("urgent", 1), ("later", 2)]);
}

#[tokio::test]
async fn a_batch_is_bounded_by_number_and_bytes() {
    let (queue, urgent, later, seen) = queue();
    let mut jobs: Vec<_> = (0..10).map(|n| (&urgent, n)).collect();
    jobs.extend([(&later, 900), (&later, 901), (&later, 902)]);
    assert!(submit_all(queue, jobs).await.iter().all(Result::is_ok));
    assert_eq!(
        *seen.lock().unwrap(),
        [("urgent", 8), ("later", 2), ("urgent", 2), ("later", 1)]
    );
}

#[tokio::test]
async fn a_full_lane_answers_overloaded_at_once() {
    let (queue, urgent, _later, _) = queue();
    let jobs: Vec<_> = (0..20).map(|n| (&urgent, n)).collect();
    let answers = submit_all(queue, jobs).await;
    let refused = answers
        .iter()
        .filter(|answer| matches!(answer, Err(StoreError::Overloaded)));
    assert_eq!(refused.count(), 4);
}

#[tokio::test]
async fn a_stopped_queue_answers_instead_of_waiting() {
    let (queue, urgent, _later, _) = queue();
    drop(queue);
    assert!(matches!(
        urgent.submit(1).await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(
        urgent.submit_patiently(1).await,
        Err(StoreError::Unavailable(_))
    ));
}
