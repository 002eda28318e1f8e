//! Takes batches, appends them, and tells everyone who waits.

use std::sync::Arc;

use application::failpoints;
use application::ports::row_op::RowOp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::batch;
use super::directory_ops;
use super::hints::Hints;
use super::intake::{Intake, Job, Touches};
use super::outcome::{Answers, unavailable};
use crate::database::db::{Connection, Driver, Failure};
use crate::database::log::prepare::Prepared;
use crate::database::log::publish::Publisher;
use crate::database::rows::signed;
use crate::database::wakers::RowEffects;
use crate::database::write_queue::{TransactionTime, WriteConnection};

/// How often a batch is sent that another transaction was in the way of, or whose connection was lost.
const MOST_TRIES: u32 = 5;

/// One of the committers of this node.
#[derive(Debug)]
pub(super) struct Committer {
    pub(super) intake: Arc<Intake>,
    pub(super) publisher: Arc<Publisher>,
    pub(super) connection: WriteConnection,
    pub(super) time: TransactionTime,
    /// Told when the ring lacks events of other nodes.
    pub(super) behind: Arc<Notify>,
    pub(super) hints: Hints,
}

/// Why a batch was not appended.
enum Refused {
    /// No commit is at fault.
    All(sqlx::Error),
    /// A commit is at fault: its halves are tried.
    Batch(sqlx::Error),
}

impl Committer {
    /// Runs until told to stop and nothing waits.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        while let Some(jobs) = self.intake.next(&stop).await {
            let touches = Touches::of(&jobs);
            self.append(jobs).await;
            self.intake.done(&touches);
        }
        // The server ends what is not closed in order.
        let _ = self.connection.close().await;
    }

    /// Appends a batch; if the database refuses it, its halves.
    async fn append(&mut self, jobs: Vec<Job>) {
        let mut open = vec![jobs];
        while let Some(mut jobs) = open.pop() {
            match self.write(&jobs).await {
                Ok((answers, is_repeated)) => {
                    failpoints::reach("after_commit_before_ack");
                    self.answer(jobs, answers, is_repeated);
                }
                Err(Refused::Batch(_)) if jobs.len() > 1 => {
                    let later = jobs.split_off(jobs.len() / 2);
                    open.push(later);
                    open.push(jobs);
                }
                Err(Refused::All(error) | Refused::Batch(error)) => {
                    for job in jobs {
                        job.answer(unavailable(&error));
                    }
                }
            }
        }
    }

    /// Sends a batch until it is answered; whether it may have been appended by an earlier try.
    async fn write(&mut self, jobs: &[Job]) -> Result<(Answers, bool), Refused> {
        let inputs: Vec<&Prepared> = jobs.iter().map(|job| &job.input).collect();
        let mut is_repeated = false;
        for tries in 1.. {
            let error = match self.attempt(&inputs).await {
                Ok(answers) => return Ok((answers, is_repeated)),
                Err(error) => error,
            };
            match Failure::of(&error) {
                Failure::Refused => return Err(Refused::Batch(error)),
                _ if tries >= MOST_TRIES => return Err(Refused::All(error)),
                Failure::Transient => {}
                Failure::Lost => {
                    // Whether it was appended is not known: the function finds the events by their command.
                    is_repeated = true;
                    self.connection.lost();
                }
            }
        }
        Err(Refused::All(sqlx::Error::WorkerCrashed))
    }

    async fn attempt(&mut self, inputs: &[&Prepared]) -> Result<Answers, sqlx::Error> {
        let given = self.time.given();
        let connection = self.connection.get().await?;
        failpoints::reach("before_commit");
        let is_rare = inputs
            .iter()
            .flat_map(|input| &input.commit.row_ops)
            .any(directory_ops::is_one);
        if is_rare {
            return directory_ops::append(connection, given, inputs).await;
        }
        let refused = vec![None; inputs.len()];
        batch::send(postgres(connection).await?, given, inputs, &refused).await
    }

    fn answer(&self, jobs: Vec<Job>, answers: Answers, is_repeated: bool) {
        let Answers {
            outcomes,
            released_item,
        } = answers;
        let mut effects = RowEffects {
            released_item,
            queued_position: None,
        };
        let won = || {
            jobs.iter().zip(&outcomes).filter_map(|(job, outcome)| {
                let committed = outcome.as_ref().ok().filter(|one| !one.duplicate)?;
                Some((&job.input, committed))
            })
        };
        for (input, committed) in won() {
            let first = committed.position + 1 - input.rows.len() as u64;
            for op in &input.commit.row_ops {
                if let RowOp::OutboxInsert(insert) = op {
                    let position = signed(first + insert.event_index as u64);
                    effects.queued_position = effects.queued_position.max(Some(position));
                }
            }
        }
        let written = self.publisher.publish(won());
        if is_repeated {
            for (job, outcome) in jobs.iter().zip(&outcomes) {
                if outcome.as_ref().is_ok_and(|committed| committed.duplicate) {
                    self.publisher.remember(&job.input);
                }
            }
        }
        // A duplicate may be of another node, at a position not known here: whoever reads after the answer
        // must find it.
        let known = outcomes.iter().flatten().map(|one| one.position).max();
        if let Some(known) = known {
            self.publisher.advance(known);
            if self.publisher.ring.head() < known {
                self.behind.notify_one();
            }
        }
        // After the head: whoever wakes finds the event too.
        self.publisher.wakers.committed(effects);
        if let Some(written) = written {
            self.hints.tell(written);
        }
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            job.answer(outcome);
        }
    }
}

/// The driver's connection of a log on PostgreSQL.
pub(super) async fn postgres(
    connection: &mut Connection,
) -> Result<&mut sqlx::PgConnection, sqlx::Error> {
    match connection.ready().await? {
        Driver::Postgres(connection) => Ok(connection),
        Driver::Sqlite(_) => Err(sqlx::Error::Protocol("not PostgreSQL".to_owned())),
    }
}
