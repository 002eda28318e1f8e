//! Builds a projection anew beside the live one, which serves and follows until the new one takes over.

use std::sync::Arc;

use application::ports::event_log::RecordedEvent;

use super::batch::{Slot, advance};
use super::live::{BATCH, Projections, known_part};
use super::writer::Writer;
use super::{Projection, ProjectionError, ProjectionState, store};

impl Projections {
    /// Builds a projection from zero and switches it in when it has caught up. `progress` is told the
    /// position reached and the head of the log. One rebuild at a time.
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
        let mut slot = self.begin(projection).await?;
        let built = self.build(&mut slot, progress).await;
        if built.is_err() {
            self.writer.lock().await.doubt();
            self.discard(&slot).await?;
        }
        built
    }

    /// Builds every projection whose live build is of another version.
    pub(super) async fn build_missing(&self) {
        for projection in &self.known {
            let name = projection.name();
            let is_live = {
                let writer = self.writer.lock().await;
                writer
                    .slots
                    .iter()
                    .any(|slot| slot.projection.name() == name)
            };
            if is_live {
                continue;
            }
            match self.rebuild(name, |_, _| {}).await {
                Ok(()) | Err(ProjectionError::Stopping) => {}
                Err(error) => tracing::error!(projection = name, %error, "a build failed"),
            }
        }
    }

    async fn begin(&self, projection: &Arc<dyn Projection>) -> Result<Slot, ProjectionError> {
        let mut writer = self.writer().await?;
        let build = store::next_build(&mut writer.connection, projection.as_ref()).await?;
        let mut transaction = writer.connection.begin().await?;
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
        loop {
            if self.tasks.stop().is_cancelled() {
                return Err(ProjectionError::Stopping);
            }
            let events = self.log.read_after(slot.position, BATCH).await?;
            let mut writer = self.writer().await?;
            apply(&mut writer, slot, &events).await?;
            let head = self.log.head();
            progress(slot.position, head.max(slot.position));
            writer.building = Some(slot.status(head));
            self.publish(&writer);
            let is_last = events.len() < BATCH && known_part(&events).len() == events.len();
            if is_last && self.is_level(&mut writer, slot).await? {
                return self.switch(&mut writer, slot).await;
            }
        }
    }

    /// Reads what the live build has passed meanwhile; it stands still while the writer is held.
    async fn is_level(
        &self,
        writer: &mut Writer,
        slot: &mut Slot,
    ) -> Result<bool, ProjectionError> {
        let name = slot.projection.name();
        let live = writer
            .slots
            .iter()
            .find(|live| live.projection.name() == name);
        let Some(live) = live.map(|live| live.position) else {
            return Ok(slot.position >= self.log.head());
        };
        if slot.position < live {
            let events = self.log.read_after(slot.position, BATCH).await?;
            apply(writer, slot, &events).await?;
        }
        Ok(slot.position >= live)
    }

    async fn switch(&self, writer: &mut Writer, slot: &mut Slot) -> Result<(), ProjectionError> {
        let name = slot.projection.name();
        store::analyze(&mut writer.connection, slot).await?;
        store::switch(&mut writer.connection, slot).await?;
        self.location.switched();
        slot.state = ProjectionState::Live;
        writer.building = None;
        writer.slots.retain(|live| live.projection.name() != name);
        writer.slots.push(slot.clone());
        self.publish(writer);
        self.changed.notify_one();
        Ok(())
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
