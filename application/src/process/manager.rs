//! The manager's loop: takes inputs in log order, reacts, stores the step, hands decisions over.
//!
//! Invariants: one step is one transaction with a compare-and-set on the checkpoints of the shards it concerns,
//! under their leases; an event older than
//! its instance's position is skipped; the loop stops at an event of a type it does not know.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use domain::any_event::AnyEvent;
use domain::bot_session::BotSession;
use domain::delivery::DeliveryEvent;
use domain::ids::{CommandId, ConversationId, SessionId, derive};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::decision::{Decision, FORMAT, Input, format_kind};
use super::dispatcher::{Dispatcher, Feedback};
use super::progress::Progress;
use super::react::{Instance, Reaction, react};
use super::shards::Shards;
use super::state::ManagerState;
use crate::execute::Executor;
use crate::failpoints;
use crate::ports::StoreError;
use crate::ports::blobs::Blobs;
use crate::ports::clock::Clock;
use crate::ports::cloud_api::CloudApi;
use crate::ports::directory::Directory;
use crate::ports::event_log::{EventLog, RecordedEvent};
use crate::ports::leases::Leases;
use crate::ports::outbox::Outbox;
use crate::ports::process_store::{Advance, InstanceRow, ProcessStore, StoredCommand, TimerRow};
use crate::tasks::Tasks;

/// Events taken in one step.
const BATCH: usize = 500;
/// Instances kept in memory.
const INSTANCES: u64 = 50_000;
/// Positions without work after which the checkpoint is written all the same.
const IDLE_POSITIONS: u64 = 4_096;
/// How often due timers are looked up.
const TIMER_POLL: Duration = Duration::from_secs(1);
/// Pause after an error of the store.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// What the manager works with.
#[derive(Clone, Debug)]
pub struct ManagerDeps {
    /// Executes commands.
    pub executor: Arc<Executor>,
    /// States, decisions, timers.
    pub store: Arc<dyn ProcessStore>,
    /// What is queued and attempted.
    pub outbox: Arc<dyn Outbox>,
    /// Numbers and their bots.
    pub directory: Arc<dyn Directory>,
    /// Scenarios.
    pub blobs: Arc<dyn Blobs>,
    /// Marks messages as read when a turn starts.
    pub cloud_api: Arc<dyn CloudApi>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Which shards are this node's.
    pub leases: Arc<dyn Leases>,
    /// Told how far the log is taken.
    pub progress: Arc<Progress>,
    /// Spawns best-effort work.
    pub tasks: Tasks,
    /// Seconds a session may wait.
    pub session_expiry_seconds: i64,
}

/// The process manager.
#[derive(Debug)]
pub struct ConversationManager {
    pub(super) deps: ManagerDeps,
    pub(super) instances: moka::sync::Cache<ConversationId, (u64, ManagerState)>,
    pub(super) shards: Shards,
}

/// An input with the instance it is for and what makes its decisions' ids.
struct Addressed {
    conversation: ConversationId,
    /// Position of the event, or `None` for inputs not from the log.
    position: Option<u64>,
    cause: String,
    input: Input,
    finished: Option<CommandId>,
}

impl ConversationManager {
    /// A manager that has not begun.
    pub fn new(deps: ManagerDeps) -> Self {
        let instances = moka::sync::Cache::new(INSTANCES);
        let shards = Shards::new(deps.store.shards());
        Self {
            deps,
            instances,
            shards,
        }
    }

    /// Runs until stopped. Errors of the store are waited out, then everything begins again from what is
    /// stored: a step that failed, a refusal that was not taken in, a decision not carried out.
    pub async fn run(mut self, stop: CancellationToken) {
        // Without a bound, so that workers never wait for a manager that waits for them: there is at most one
        // answer to each command they hold, and those are bounded.
        let (feedback_sender, mut feedback) = mpsc::unbounded_channel();
        let dispatcher = Dispatcher::start(self.deps.clone(), feedback_sender, &stop);
        loop {
            self.shards.owned.clear();
            let Err(error) = self.follow(&dispatcher, &mut feedback, &stop).await else {
                return;
            };
            if matches!(error, StoreError::LeaseLost) {
                tracing::info!("conversation manager looks which shards are still its own");
                self.deps.leases.doubt();
            } else if let StoreError::Newer(event_type) = &error {
                tracing::error!(
                    event_type,
                    "conversation manager leaves its shards to a newer node"
                );
                self.decline(event_type);
            } else {
                tracing::error!(error = %error, "conversation manager waits for the store");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(STORE_PAUSE) => {}
            }
        }
    }

    /// Takes inputs until stopped.
    ///
    /// # Errors
    /// The store failed: memory may differ from what is stored.
    async fn follow(
        &mut self,
        dispatcher: &Dispatcher,
        feedback: &mut mpsc::UnboundedReceiver<Feedback>,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let mut timers = tokio::time::interval(TIMER_POLL);
        timers.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let log = Arc::clone(self.deps.executor.log());
        let mut leases = self.deps.leases.changes();
        self.adopt(dispatcher).await?;
        loop {
            let lowest = self.shards.lowest();
            let beyond = async {
                match lowest {
                    Some(position) => log.wait_beyond(position).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                _ = leases.changed() => self.adopt(dispatcher).await?,
                Some(answer) = feedback.recv() => self.take_feedback(answer, dispatcher).await?,
                _ = timers.tick() => self.fire_timers(dispatcher).await?,
                () = beyond => self.take_events(&log, dispatcher).await?,
            }
        }
    }

    async fn take_events(
        &mut self,
        log: &Arc<dyn EventLog>,
        dispatcher: &Dispatcher,
    ) -> Result<(), StoreError> {
        let Some(lowest) = self.shards.lowest() else {
            return Ok(());
        };
        let events = log.read_after(lowest, BATCH).await?;
        let Some(last) = events.last().map(|event| event.position) else {
            return Ok(());
        };
        let mut inputs = Vec::new();
        let mut to = last;
        let mut unknown = None;
        for event in events {
            if matches!(event.data, AnyEvent::Unknown(_)) {
                tracing::error!(
                    event.position = event.position,
                    event.kind = %event.kind(),
                    "conversation manager stops before an event type it does not know: upgrade this node"
                );
                to = event.position - 1;
                unknown = Some(event.kind());
                break;
            }
            if !self.shards.has_lane(event.lane) {
                continue;
            }
            if let Some(conversation) = self.conversation_of(&event).await? {
                let position = event.position;
                let shard = self.shards.find(conversation);
                if shard.is_none_or(|shard| shard.has_taken(position)) {
                    continue;
                }
                inputs.push(Addressed {
                    conversation,
                    position: Some(position),
                    cause: position.to_string(),
                    input: Input::Event(event),
                    finished: None,
                });
            }
        }
        if let (true, Some(kind)) = (to <= lowest, unknown) {
            self.decline(&kind);
            tokio::time::sleep(STORE_PAUSE).await;
            return Ok(());
        }
        self.step(inputs, Some(to), dispatcher).await
    }

    /// The instance an event concerns, if it concerns one.
    async fn conversation_of(
        &self,
        event: &RecordedEvent,
    ) -> Result<Option<ConversationId>, StoreError> {
        Ok(match &event.data {
            AnyEvent::Conversation(_) => Some(ConversationId::new(event.stream.id)),
            AnyEvent::BotSession(_) => {
                let session: Arc<BotSession> = self.deps.executor.load(event.stream.id).await?;
                session.conversation()
            }
            AnyEvent::Delivery(
                DeliveryEvent::Rejected { conversation, .. }
                | DeliveryEvent::Failed {
                    report: domain::delivery::Report { conversation, .. },
                    ..
                },
            ) => Some(*conversation),
            _ => None,
        })
    }

    async fn take_feedback(
        &mut self,
        feedback: Feedback,
        dispatcher: &Dispatcher,
    ) -> Result<(), StoreError> {
        let Feedback {
            command,
            conversation,
            input,
        } = feedback;
        let cause = format!("{command}|feedback");
        let input = Addressed {
            conversation,
            position: None,
            cause,
            input,
            finished: Some(command),
        };
        self.step(vec![input], None, dispatcher).await
    }

    async fn fire_timers(&mut self, dispatcher: &Dispatcher) -> Result<(), StoreError> {
        let shards = self.shards.numbers();
        let due = self.deps.store.due_timers(&shards, BATCH).await?;
        if due.is_empty() {
            return Ok(());
        }
        let inputs = due
            .into_iter()
            .map(|timer| Addressed {
                conversation: timer.conversation,
                position: None,
                cause: format!("timer|{}|{}", timer.session, timer.wait),
                input: Input::TimerFired {
                    session: timer.session,
                    wait: timer.wait,
                },
                finished: None,
            })
            .collect();
        self.step(inputs, None, dispatcher).await
    }

    /// One transaction: states, decisions, timers, checkpoint. Then the decisions are handed over.
    async fn step(
        &mut self,
        mut inputs: Vec<Addressed>,
        to: Option<u64>,
        dispatcher: &Dispatcher,
    ) -> Result<(), StoreError> {
        // What is of other shards now is told to their owners by the store.
        inputs.retain(|input| self.shards.find(input.conversation).is_some());
        let mut states = self.load(&inputs).await?;
        let mut advance = Advance::default();
        let mut changed = BTreeSet::new();
        let mut timers: HashMap<SessionId, Option<TimerRow>> = HashMap::new();
        let mut touched = Vec::new();
        let log_epoch = self.deps.executor.log().epoch();
        for addressed in inputs {
            let conversation = addressed.conversation;
            let Some((at, state)) = states.get_mut(&conversation) else {
                continue;
            };
            if addressed.position.is_some_and(|position| position <= *at) {
                continue;
            }
            let before = state.clone();
            let instance = Instance {
                conversation,
                log_epoch,
            };
            let reaction = react(instance, state, &addressed.input);
            let is_changed = *state != before;
            if let Some(position) = addressed.position {
                *at = position;
            }
            if is_changed || !is_empty(&reaction) {
                touched.push(conversation);
            }
            if is_changed || !is_empty(&reaction) || addressed.finished.is_some() {
                changed.insert(self.shards.number_of(conversation));
            }
            collect_timers(conversation, &reaction, &mut timers);
            advance.finished.extend(addressed.finished);
            for (step, decision) in reaction.decisions.into_iter().enumerate() {
                advance
                    .commands
                    .push(stored(instance, &addressed.cause, step, &decision)?);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        for conversation in touched {
            if let Some((position, state)) = states.get(&conversation) {
                let state = serde_json::to_string(state)
                    .map_err(|error| StoreError::Corrupt(error.to_string()))?;
                advance.instances.push(InstanceRow {
                    conversation,
                    position: *position,
                    state,
                });
            }
        }
        for (session, timer) in timers {
            match timer {
                Some(timer) => advance.set_timers.push(timer),
                None => advance.drop_timers.push(session),
            }
        }
        let moves = self.shards.moves(&changed, to, IDLE_POSITIONS);
        if !changed.is_empty() || !moves.is_empty() {
            let commands = advance.commands.clone();
            advance.moves.clone_from(&moves);
            failpoints::reach("before_process_step");
            if !self.deps.store.advance(advance).await? {
                return Err(StoreError::LeaseLost);
            }
            failpoints::reach("after_process_step");
            self.shards.moved(&moves);
            self.hand_over(commands.into_iter(), dispatcher).await;
        }
        if let Some(to) = to {
            self.shards.took(to);
            self.deps.progress.stands(self.shards.lowest());
        }
        for (conversation, entry) in states {
            self.instances.insert(conversation, entry);
        }
        Ok(())
    }

    /// States of all instances named: from memory, else from the store.
    async fn load(
        &self,
        inputs: &[Addressed],
    ) -> Result<HashMap<ConversationId, (u64, ManagerState)>, StoreError> {
        let mut states = HashMap::new();
        let mut missing = Vec::new();
        for input in inputs {
            let conversation = input.conversation;
            if states.contains_key(&conversation) {
                continue;
            }
            if let Some(entry) = self.instances.get(&conversation) {
                states.insert(conversation, entry);
            } else {
                states.insert(conversation, (0, ManagerState::default()));
                missing.push(conversation);
            }
        }
        if !missing.is_empty() {
            for row in self.deps.store.instances(&missing).await? {
                // A newer version wrote it: only a node of that version can go on.
                let state = serde_json::from_str(&row.state)
                    .map_err(|_| StoreError::Newer(format_kind(FORMAT + 1)))?;
                states.insert(row.conversation, (row.position, state));
            }
        }
        Ok(states)
    }
}

const fn is_empty(reaction: &Reaction) -> bool {
    reaction.decisions.is_empty() && reaction.set_timer.is_none() && reaction.drop_timer.is_none()
}

/// The last word on a session's timer wins within a step.
fn collect_timers(
    conversation: ConversationId,
    reaction: &Reaction,
    timers: &mut HashMap<SessionId, Option<TimerRow>>,
) {
    if let Some(session) = reaction.drop_timer {
        timers.insert(session, None);
    }
    if let Some((session, wait, due_at)) = reaction.set_timer {
        timers.insert(
            session,
            Some(TimerRow {
                session,
                wait,
                conversation,
                due_at,
            }),
        );
    }
}

fn stored(
    instance: Instance,
    cause: &str,
    step: usize,
    decision: &Decision,
) -> Result<StoredCommand, StoreError> {
    let Instance {
        conversation,
        log_epoch,
    } = instance;
    let id = CommandId::new(derive(
        format!("manager|{log_epoch}|{conversation}|{cause}|{step}").as_bytes(),
    ));
    let decision =
        serde_json::to_string(decision).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(StoredCommand {
        id,
        conversation,
        ordinal: 0,
        decision,
        attempts: 0,
        fence: None,
    })
}
