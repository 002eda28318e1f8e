//! Applies a batch to builds in one transaction; a batch that fails is bisected down to its event.

use std::collections::BTreeSet;
use std::sync::Arc;

use application::failpoints;
use application::ports::event_log::RecordedEvent;
use application::ports::leases::{Fence, Permit};
use infrastructure::database::db::{Connection, query};

use super::{ApplyError, Build, Projection, ProjectionState, ProjectionStatus};
use crate::statements;

const TRIES: u32 = 3;

/// A build that follows the log.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) projection: Arc<dyn Projection>,
    pub(super) build: Build,
    /// Held as long as this node owns the build.
    pub(super) permit: Permit,
    fence: Option<Fence>,
    /// The last event scanned.
    pub(super) position: u64,
    /// Streams whose rows are no longer kept up, because one of their events could not be applied.
    pub(super) parked: BTreeSet<String>,
    /// Position of the unknown event it stands before.
    pub(super) stopped_at: Option<u64>,
    pub(super) state: ProjectionState,
    /// Whether the database has looked at its tables since they were filled.
    pub(super) is_analyzed: bool,
}

impl Slot {
    pub(super) fn new(projection: Arc<dyn Projection>, build: Build, permit: Permit) -> Self {
        Self {
            projection,
            build,
            fence: permit.fence(),
            permit,
            position: 0,
            parked: BTreeSet::new(),
            stopped_at: None,
            state: ProjectionState::Live,
            is_analyzed: false,
        }
    }

    /// The build goes on under another lease: it is live now.
    pub(super) fn under(self, permit: Permit) -> Self {
        Self {
            fence: permit.fence(),
            permit,
            ..self
        }
    }

    /// The same lease as this permit's, without a lapse in between.
    pub(super) fn is_under(&self, permit: &Permit) -> bool {
        self.permit.era() == permit.era()
    }

    pub(super) fn status(&self, head: u64) -> ProjectionStatus {
        let degraded = match (self.stopped_at, self.parked.len()) {
            (Some(at), _) => Some(format!(
                "stopped before the event at position {at}: its type is not known to this version"
            )),
            (None, 0) => None,
            (None, count) => Some(parked(count as u64)),
        };
        ProjectionStatus {
            name: self.projection.name(),
            version: self.projection.version(),
            build: self.build.0,
            state: self.state,
            position: self.position,
            lag: head.saturating_sub(self.position),
            degraded,
        }
    }
}

/// What is said of a build with so many parked streams.
pub(super) fn parked(count: u64) -> String {
    format!(
        "{count} streams are parked because an event could not be applied: rebuild it after an upgrade"
    )
}

fn row_key(event: &RecordedEvent) -> String {
    format!("{}/{}", event.stream.aggregate_type, event.stream.id)
}

/// Applies events to slots that all stand just before the first one. What succeeded stays even if an
/// error is returned; the slots say how far they came.
///
/// # Errors
/// A failure that is no event's fault.
pub(super) async fn advance(
    connection: &mut Connection,
    slots: &mut [&mut Slot],
    events: &[Arc<RecordedEvent>],
) -> Result<(), ApplyError> {
    match attempt(connection, slots, events).await {
        Err(error) if error.is_poison() => {}
        other => return other,
    }
    for slot in slots {
        bisect(connection, slot, events).await?;
    }
    Ok(())
}

async fn bisect(
    connection: &mut Connection,
    slot: &mut Slot,
    events: &[Arc<RecordedEvent>],
) -> Result<(), ApplyError> {
    let mut waiting = vec![events];
    let mut tries = 0;
    while let Some(part) = waiting.pop() {
        match attempt(connection, &mut [&mut *slot], part).await {
            Ok(()) => tries = 0,
            Err(error) if !error.is_poison() => return Err(error),
            Err(_) if part.len() > 1 => {
                let (first, second) = part.split_at(part.len() / 2);
                waiting.extend([second, first]);
            }
            Err(error) => {
                tries += 1;
                if tries < TRIES {
                    waiting.push(part);
                } else if let [event] = part {
                    park(connection, slot, event, &error).await?;
                    tries = 0;
                }
            }
        }
    }
    Ok(())
}

async fn attempt(
    connection: &mut Connection,
    slots: &mut [&mut Slot],
    events: &[Arc<RecordedEvent>],
) -> Result<(), ApplyError> {
    let Some(to) = events.last().map(|event| event.position) else {
        return Ok(());
    };
    let mut transaction = connection.begin().await?;
    for slot in slots.iter() {
        move_checkpoint(&mut transaction, slot, to).await?;
    }
    for slot in slots.iter() {
        apply_to(&mut transaction, slot, events).await?;
        failpoints::reach("mid_projection_batch");
    }
    transaction.commit().await?;
    for slot in slots {
        slot.position = to;
    }
    Ok(())
}

/// Applies events to the rows of a build, without those of streams that are parked.
pub(super) async fn apply_to(
    transaction: &mut Connection,
    slot: &Slot,
    events: &[Arc<RecordedEvent>],
) -> Result<(), ApplyError> {
    let (projection, build) = (&slot.projection, slot.build);
    if slot.parked.is_empty() {
        return projection.apply(transaction, build, events).await;
    }
    let kept: Vec<_> = events
        .iter()
        .filter(|event| !slot.parked.contains(&row_key(event)))
        .cloned()
        .collect();
    projection.apply(transaction, build, &kept).await
}

/// Moves the checkpoint from where this owner left it, before any row is touched: a second owner waits here
/// for the first one's commit and is then refused, and so is one whose lease has changed hands.
pub(super) async fn move_checkpoint(
    transaction: &mut Connection,
    slot: &Slot,
    to: u64,
) -> Result<(), ApplyError> {
    let statement = match slot.fence {
        Some(_) => statements::CHECKPOINT_UNDER_LEASE,
        None => statements::CHECKPOINT,
    };
    let mut checkpoint = query(statement)
        .bind(to.cast_signed())
        .bind(slot.projection.name())
        .bind(i64::from(slot.build.0))
        .bind(slot.position.cast_signed());
    if let Some(fence) = &slot.fence {
        checkpoint = checkpoint.bind(&*fence.lease).bind(fence.token);
    }
    let moved = checkpoint.execute(transaction).await?;
    if moved == 1 {
        Ok(())
    } else {
        Err(ApplyError::Moved(slot.projection.name()))
    }
}

async fn park(
    connection: &mut Connection,
    slot: &mut Slot,
    event: &RecordedEvent,
    error: &ApplyError,
) -> Result<(), ApplyError> {
    let key = row_key(event);
    tracing::error!(
        projection = slot.projection.name(),
        position = event.position,
        event_type = event.event_type,
        %error,
        "an event cannot be applied: its stream is parked"
    );
    let mut transaction = connection.begin().await?;
    query(statements::FAILURE_ADD)
        .bind(slot.projection.name())
        .bind(i64::from(slot.build.0))
        .bind(&key)
        .bind(event.position.cast_signed())
        .bind(error.to_string())
        .execute(&mut transaction)
        .await?;
    move_checkpoint(&mut transaction, slot, event.position).await?;
    transaction.commit().await?;
    slot.position = event.position;
    slot.parked.insert(key);
    Ok(())
}
