//! Builds a projection anew beside the live one, which serves and follows until the new one takes over.

use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use application::ports::leases::{Permit, Work};

use super::batch::{Slot, advance};
use super::live::{BATCH, Projections, known_part, read_on};
use super::writer::Writer;
use super::{Projection, ProjectionError, ProjectionState, store};

impl Projections {
    /// Builds a projection from zero and switches it in when it has caught up. `progress` is told the
    /// position reached and the head of the log. One rebuild at a time on a node, and one of a projection on all.
    ///
    /// # Errors
    /// [`ProjectionError`]: the live build serves on as before.
    pub async fn rebuild(
        &self,
        name: &str,
        progress: impl Fn(u64, u64) + Send,
    ) -> Result<(), ProjectionError> {
        let found = self
            .known
            .iter()
            .find(|projection| projection.name() == name);
        let projection = found.ok_or_else(|| ProjectionError::NoSuchProjection(name.to_owned()))?;
        let _one_at_a_time = self
            .rebuilding
            .try_lock()
            .map_err(|_| ProjectionError::Busy)?;
        // The same on other nodes; a lease that its owner left behind runs out.
        let permit = self.leases.take(Work::Build(projection.name())).await?;
        let permit = permit.ok_or(ProjectionError::Busy)?;
        let mut slot = self.begin(projection, permit).await?;
        let built = self.build(&mut slot, progress).await;
        if built.is_err() {
            self.writer.lock().await.doubt();
            self.discard(&slot).await?;
        }
        built
    }

    /// Builds every projection of this node whose live build is of another version, now and whenever it gets
    /// another one.
    pub(super) async fn build_missing(&self) {
        let mut leases = self.leases.changes();
        loop {
            for projection in &self.known {
                let name = projection.name();
                let work = Work::ReadModel(name, projection.version());
                if self.leases.enter(work).is_none() {
                    continue;
                }
                let built = match self.is_built(projection).await {
                    Ok(false) => self.rebuild(name, |_, _| {}).await,
                    Ok(true) => Ok(()),
                    Err(error) => Err(error),
                };
                match built {
                    Ok(()) | Err(ProjectionError::Stopping | ProjectionError::Busy) => {}
                    Err(error) => tracing::error!(projection = name, %error, "a build failed"),
                }
            }
            if !self.leases.are_shared() {
                return;
            }
            tokio::select! {
                () = self.tasks.stop().cancelled() => return,
                _ = leases.changed() => {}
            }
        }
    }

    async fn is_built(&self, projection: &Arc<dyn Projection>) -> Result<bool, ProjectionError> {
        let mut writer = self.writer().await?;
        let live = store::find_live(&mut writer.connection, projection, Permit::alone()).await?;
        Ok(live.is_some())
    }

    async fn begin(
        &self,
        projection: &Arc<dyn Projection>,
        permit: Permit,
    ) -> Result<Slot, ProjectionError> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        // Of a builder that has ended: nobody else builds while this one may.
        store::drop_leftovers(&mut transaction, projection.as_ref()).await?;
        let build = store::next_build(&mut transaction, projection.as_ref()).await?;
        let build = (build, permit);
        let mut slot =
            store::create_build(&mut transaction, projection, build, self.log.epoch()).await?;
        transaction.commit().await?;
        slot.state = ProjectionState::Building;
        Ok(slot)
    }

    async fn discard(&self, slot: &Slot) -> Result<(), ProjectionError> {
        let mut writer = self.writer().await?;
        writer.building = None;
        self.publish(&writer);
        let mut transaction = writer.connection.begin().await?;
        store::drop_build(&mut transaction, slot.projection.as_ref(), slot.build).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn build(
        &self,
        slot: &mut Slot,
        progress: impl Fn(u64, u64) + Send,
    ) -> Result<(), ProjectionError> {
        let mut ahead = None;
        loop {
            if self.tasks.stop().is_cancelled() || !slot.permit.is_wanted() {
                return Err(ProjectionError::Stopping);
            }
            let events = match ahead.take() {
                Some((after, events)) if after == slot.position => events,
                _ => self.log.read_after(slot.position, BATCH).await?,
            };
            let mut writer = self.writer().await?;
            let (applied, next) = tokio::join!(
                apply(&mut writer, slot, &events),
                read_on(self.log.as_ref(), &events)
            );
            applied?;
            ahead = next;
            let head = self.log.head();
            progress(slot.position, head.max(slot.position));
            writer.building = Some(slot.status(head));
            self.publish(&writer);
            let is_last = events.len() < BATCH && known_part(&events).len() == events.len();
            if is_last && self.switch(&mut writer, slot).await? {
                return Ok(());
            }
        }
    }

    /// Switches the build in if it is level with the live one, or nearly so; that one stands still meanwhile.
    async fn switch(&self, writer: &mut Writer, slot: &mut Slot) -> Result<bool, ProjectionError> {
        let name = slot.projection.name();
        if !slot.is_analyzed {
            store::analyze(&mut writer.connection, slot).await?;
            slot.is_analyzed = true;
        }
        let events = self.log.read_after(slot.position, BATCH).await?;
        if !store::switch(&mut writer.connection, slot, known_part(&events)).await? {
            return Ok(false);
        }
        self.location.switched();
        slot.state = ProjectionState::Live;
        writer.building = None;
        writer.slots.retain(|live| live.projection.name() != name);
        let work = Work::ReadModel(name, slot.projection.version());
        if let Some(permit) = self.leases.enter(work) {
            writer.slots.push(slot.clone().under(permit));
        }
        self.publish(writer);
        self.changed.notify_one();
        Ok(true)
    }
}

async fn apply(
    writer: &mut Writer,
    slot: &mut Slot,
    events: &[Arc<RecordedEvent>],
) -> Result<(), ProjectionError> {
    let known = known_part(events);
    if let (true, Some(event)) = (known.is_empty(), events.first()) {
        return Err(ProjectionError::UnknownEvent(event.position));
    }
    advance(&mut writer.connection, &mut [slot], known).await?;
    Ok(())
}
