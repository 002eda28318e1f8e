//! Which read models this node keeps up, and how far those of other nodes are.
//!
//! The table of builds is the truth for what others own: it is looked at a few times a second, and every few
//! milliseconds while someone waits for a position. A switch that another node made shows there too.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use application::ports::leases::Work;
use infrastructure::database::db::query;

use super::live::Projections;
use super::{ProjectionError, ProjectionState, ProjectionStatus, store};
use crate::statements;

/// Between looks while someone waits.
const BUSY: Duration = Duration::from_millis(8);
/// Between looks otherwise.
const IDLE: Duration = Duration::from_millis(250);

/// What is shown of all builds.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// As the writer left them.
    pub(super) own: Vec<ProjectionStatus>,
    /// As the table says.
    pub(super) others: Vec<ProjectionStatus>,
    /// The live build of each projection, to notice a switch.
    pub(super) live: BTreeMap<&'static str, u32>,
}

impl Shown {
    /// All of them: what this node owns as it knows it, the rest as the table says.
    pub(super) fn all(&self) -> Vec<ProjectionStatus> {
        let is_own = |one: &&ProjectionStatus| {
            let same = |own: &ProjectionStatus| (own.name, own.build) == (one.name, one.build);
            // A live build that this node owns is the live one, whatever the table said a moment ago.
            let replaced = |own: &ProjectionStatus| {
                own.name == one.name && own.state == ProjectionState::Live && own.state == one.state
            };
            self.own.iter().any(|own| same(own) || replaced(own))
        };
        let others = self.others.iter().filter(|one| !is_own(one));
        let mut all: Vec<_> = self.own.iter().chain(others).cloned().collect();
        all.sort_by_key(|status| (status.name, status.build));
        all
    }
}

/// Someone who waits for a position; counts until it is dropped.
pub(super) struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    pub(super) fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Projections {
    /// Takes over the read models that are this node's now, each from where its last owner left it, and lets go
    /// of the others.
    pub(super) async fn adopt(&self) -> Result<(), ProjectionError> {
        if !self.leases.are_shared() {
            return Ok(());
        }
        let mut writer = self.writer().await?;
        for projection in &self.known {
            let (name, version) = (projection.name(), projection.version());
            let permit = self.leases.enter(Work::ReadModel(name, version));
            let place = writer
                .slots
                .iter()
                .position(|slot| slot.projection.name() == name);
            if let (Some(place), Some(permit)) = (place, &permit)
                && writer.slots[place].is_under(permit)
            {
                continue;
            }
            if let Some(place) = place {
                writer.slots.swap_remove(place);
            }
            if let Some(permit) = permit {
                let slot = store::find_live(&mut writer.connection, projection, permit).await?;
                writer.slots.extend(slot);
            }
        }
        self.publish(&writer);
        Ok(())
    }

    /// Looks at what other nodes have until the stop.
    pub(super) async fn watch_others(&self) {
        loop {
            let pause = if self.waiting.load(Ordering::Relaxed) > 0 {
                BUSY
            } else {
                IDLE
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.asked.notified() => {}
                () = self.tasks.stop().cancelled() => return,
            }
            if let Err(error) = self.look_at_others().await {
                tracing::debug!(%error, "the builds of other nodes could not be looked at");
                tokio::time::sleep(BUSY).await;
            }
        }
    }

    pub(super) async fn look_at_others(&self) -> Result<(), ProjectionError> {
        let rows: Vec<(String, i64, i64, String, i64, i64)> = query(statements::BUILDS)
            .fetch_all(self.reads().uncounted())
            .await?;
        let head = self.log.head();
        let mut others = Vec::new();
        let mut live = BTreeMap::new();
        for (name, build, version, state, position, parked) in rows {
            let known = self.known.iter().find(|known| known.name() == name);
            let Some(known) = known else { continue };
            let build = u32::try_from(build).unwrap_or(u32::MAX);
            let state = if state == "live" {
                live.insert(known.name(), build);
                ProjectionState::Live
            } else {
                ProjectionState::Building
            };
            // One of another version answers no query of this program for sure.
            if i64::from(known.version()) == version {
                let position = position.cast_unsigned();
                others.push(ProjectionStatus {
                    name: known.name(),
                    version: known.version(),
                    build,
                    state,
                    position,
                    lag: head.saturating_sub(position),
                    degraded: (parked > 0).then(|| super::batch::parked(parked.unsigned_abs())),
                });
            }
        }
        let (is_switched, all) = {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            let is_switched = !shown.live.is_empty() && shown.live != live;
            shown.live = live;
            shown.others = others;
            (is_switched, shown.all())
        };
        if is_switched {
            self.location.switched();
        }
        self.show(all);
        Ok(())
    }
}
