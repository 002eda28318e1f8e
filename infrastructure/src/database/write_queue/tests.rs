//! Batches, bisecting, overload and order.

use std::sync::{Arc, Mutex};

use application::ports::StoreError;
use application::tasks::Tasks;
use async_trait::async_trait;
use domain::time::Timestamp;
use sqlx::{Connection as _, SqliteConnection};

use super::{TransactionTime, WriteConnection, WriteKind, WriteQueue, Writer};
use crate::database::db::{Connection, Statement, query, script};
use crate::system::SystemClock;

/// Inserts a number; the database refuses a negative one.
#[derive(Debug)]
struct Insert<const URGENT: bool = false> {
    name: &'static str,
    seen: Arc<Mutex<Vec<(&'static str, usize)>>>,
}

#[async_trait]
impl<const URGENT: bool> WriteKind for Insert<URGENT> {
    type Input = i64;
    type Output = i64;

    const URGENT: bool = URGENT;
    const MAX_BATCH: usize = 8;
    const MAX_BATCH_BYTES: usize = 1_000;

    fn bytes(input: &i64) -> usize {
        usize::try_from(*input).unwrap_or(0)
    }

    async fn run(
        &self,
        transaction: &mut Connection,
        _now: Timestamp,
        inputs: &[i64],
    ) -> Result<Vec<i64>, sqlx::Error> {
        for input in inputs {
            query(INSERT)
                .bind(*input)
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

const INSERT: Statement = Statement::portable("n_insert", "insert into n (n) values ($1)");

async fn connection() -> Connection {
    let connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let mut connection = Connection::from(connection);
    let table = "create table n (n integer primary key check (n >= 0))";
    script(table.to_owned(), &mut connection).await.unwrap();
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

fn start(queue: WriteQueue, connection: Connection, tasks: &Tasks) {
    let connection = WriteConnection::only(connection);
    let time = TransactionTime::Process(Arc::new(SystemClock));
    let stop = tasks.stop().clone();
    tasks.spawn(async move {
        queue.run(connection, time, stop).await;
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

/// What the transactions take of so many urgent jobs and ten others.
async fn taken_beside(urgent_jobs: usize) -> Vec<(&'static str, usize)> {
    let seen = Seen::default();
    let mut queue = WriteQueue::default();
    let urgent = Insert::<true> {
        name: "urgent",
        seen: Arc::clone(&seen),
    };
    let later = Insert::<false> {
        name: "later",
        seen: Arc::clone(&seen),
    };
    let (urgent, later) = (queue.lane(urgent, 64), queue.lane(later, 64));
    let tasks = Tasks::default();
    let connection = connection().await;
    let urgent_jobs = (0..urgent_jobs as i64).map(|n| urgent.submit(n));
    let others = (100..110).map(|n| later.submit(n));
    let (urgent_jobs, others) = (
        futures::future::join_all(urgent_jobs),
        futures::future::join_all(others),
    );
    let started = async { start(queue, connection, &tasks) };
    futures::future::join3(urgent_jobs, others, started).await;
    assert!(tasks.shut_down(std::time::Duration::from_secs(5)).await);
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[tokio::test]
async fn a_few_urgent_jobs_take_nothing_from_others() {
    assert_eq!(
        taken_beside(2).await,
        [("urgent", 2), ("later", 8), ("later", 2)]
    );
}

#[tokio::test]
async fn beside_a_crowd_of_urgent_jobs_others_get_a_small_share() {
    assert_eq!(
        taken_beside(30).await,
        [
            ("urgent", 8),
            ("later", 1),
            ("urgent", 8),
            ("later", 8),
            ("urgent", 8),
            ("later", 1),
            ("urgent", 6),
        ]
    );
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
