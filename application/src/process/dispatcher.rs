//! Carries stored decisions out: those of one conversation one after the other, conversations beside each
//! other. What a rule refuses goes back to the manager as an input.

use std::time::Duration;

use domain::ids::{CommandId, ConversationId};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::carry_out::{CarriedOut, CarryOut};
use super::decision::{Decision, FORMAT, Input, format_kind};
use super::manager::ManagerDeps;
use crate::ports::leases::Permit;
use crate::ports::process_store::StoredCommand;
use crate::queues::Queues;

/// Conversations worked on at once.
const CONCURRENT: usize = 256;
/// Batches of stored commands handed over before the manager waits.
const CAPACITY: usize = 64;
/// From so many commands that wait in memory no more are taken from the manager: it waits, and reads its events
/// later.
const MAX_WAITING: usize = 10_000;
/// Tries after which a decision is poison.
const MAX_ATTEMPTS: u32 = 5;
/// Pause after an error of the store.
const STORE_PAUSE: Duration = Duration::from_millis(250);

/// An input that comes from carrying out a decision.
#[derive(Debug)]
pub(super) struct Feedback {
    /// The stored command it ends.
    pub command: CommandId,
    /// The conversation.
    pub conversation: ConversationId,
    /// What happened.
    pub input: Input,
}

/// Hands decisions to the workers.
#[derive(Debug)]
pub(super) struct Dispatcher {
    sender: mpsc::Sender<Vec<Handed>>,
}

/// A command with leave to carry it out: its shard is not given up meanwhile.
#[derive(Debug)]
pub(super) struct Handed {
    pub(super) command: StoredCommand,
    pub(super) shard: u8,
    pub(super) permit: Permit,
}

impl Dispatcher {
    /// Starts the worker task.
    pub(super) fn start(
        deps: ManagerDeps,
        feedback: mpsc::UnboundedSender<Feedback>,
        stop: &CancellationToken,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        let tasks = deps.tasks.clone();
        let until = (deps.leases.changes(), stop.clone());
        tasks.spawn(work(CarryOut::new(deps), receiver, feedback, until));
        Self { sender }
    }

    /// Queues decisions that are on disk.
    pub(super) async fn hand_over(&self, commands: Vec<Handed>) {
        if !commands.is_empty() {
            // A stopped worker finds them in the store when it starts again.
            let _ = self.sender.send(commands).await;
        }
    }
}

async fn work(
    carry_out: CarryOut,
    mut receiver: mpsc::Receiver<Vec<Handed>>,
    feedback: mpsc::UnboundedSender<Feedback>,
    (mut leases, stop): (watch::Receiver<u64>, CancellationToken),
) {
    let mut queues: Queues<ConversationId, Handed> = Queues::default();
    let mut running = FuturesUnordered::new();
    let mut blocked: Vec<(ConversationId, Permit)> = Vec::new();
    loop {
        while running.len() < CONCURRENT
            && let Some(handed) = queues.next()
        {
            running.push(finish(&carry_out, &feedback, &stop, handed));
        }
        tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = running.next(), if !running.is_empty() => match ended {
                Ended::Finished(conversation) => queues.finished(&conversation),
                Ended::Blocked(conversation, permit) => blocked.push((conversation, permit)),
            },
            received = receiver.recv(), if queues.len() < MAX_WAITING => {
                let Some(commands) = received else { break };
                for handed in commands {
                    let conversation = handed.command.conversation;
                    queues.add(&conversation, handed);
                }
            }
            // What waits under a lease that is given up or lost is read from the store by its next owner.
            _ = leases.changed() => {
                drop(queues.retain(|handed| handed.permit.is_wanted()));
                blocked.retain(|(conversation, permit)| {
                    let is_wanted = permit.is_wanted();
                    if !is_wanted {
                        queues.finished(conversation);
                    }
                    is_wanted
                });
            }
        }
    }
    // Commits under way are finished, so that no decision is carried out halfway at a graceful stop.
    while running.next().await.is_some() {}
}

/// How a decision ended.
enum Ended {
    /// Done, refused or poisoned.
    Finished(ConversationId),
    /// It cannot be read: what was decided after it waits too, until a node that can read it has the shard.
    Blocked(ConversationId, Permit),
}

/// Carries one decision out to its end.
async fn finish(
    carry_out: &CarryOut,
    feedback: &mpsc::UnboundedSender<Feedback>,
    stop: &CancellationToken,
    Handed {
        command,
        shard,
        permit,
    }: Handed,
) -> Ended {
    let conversation = command.conversation;
    if !permit.is_wanted() {
        return Ended::Finished(conversation);
    }
    let decision = match serde_json::from_str::<Decision>(&command.decision) {
        Ok(decision) => decision,
        Err(error) => {
            tracing::error!(
                conversation.id = %conversation,
                %error,
                "a stored decision cannot be read: its conversation waits for a node of a newer version"
            );
            carry_out.decline(shard, &format_kind(FORMAT + 1));
            return Ended::Blocked(conversation, permit);
        }
    };
    let mut attempts = command.attempts;
    loop {
        let span = tracing::info_span!(
            target: "vestnik::trace", "carry out", conversation.id = %conversation
        );
        let run = carry_out.run(&command, &decision).instrument(span);
        let input = match run.await {
            CarriedOut::Done | CarriedOut::LeaseLost => return Ended::Finished(conversation),
            CarriedOut::Refused(code) => Input::Refused {
                decision: decision.clone(),
                code,
            },
            failed @ (CarriedOut::StoreFailed | CarriedOut::Newer(_)) => {
                if let CarriedOut::Newer(event_kind) = failed {
                    carry_out.decline(shard, &event_kind);
                }
                tokio::select! {
                    () = stop.cancelled() => return Ended::Finished(conversation),
                    () = permit.unwanted() => return Ended::Finished(conversation),
                    () = tokio::time::sleep(STORE_PAUSE) => continue,
                }
            }
            CarriedOut::Broken(error) => {
                attempts = carry_out.count_failure(&command, &error, attempts).await;
                if attempts < MAX_ATTEMPTS {
                    continue;
                }
                tracing::error!(
                    conversation.id = %conversation,
                    error,
                    "a bot's decision could not be carried out: the conversation goes to people"
                );
                Input::Poisoned {
                    decision: decision.clone(),
                }
            }
        };
        // A closed channel means that the manager stops; the command stays stored.
        let _ = feedback.send(Feedback {
            command: command.id,
            conversation,
            input,
        });
        return Ended::Finished(conversation);
    }
}
