//! The one write connection of the read models, made anew where it was lost.

use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use infrastructure::database::db::{Connection, Dialect};

use super::batch::Slot;
use super::location::Place;
use super::{ProjectionError, ProjectionStatus, store};

/// The only write connection, and the builds that follow the log.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) slots: Vec<Slot>,
    /// A build that is not live yet, for lists.
    pub(super) building: Option<ProjectionStatus>,
    /// Events that were read beside the last batch, with the position they come after.
    pub(super) ahead: Option<(u64, Vec<Arc<RecordedEvent>>)>,
    /// Whether the connection may be gone, and the checkpoints other than the slots say.
    is_doubtful: bool,
}

impl Writer {
    pub(super) fn new(connection: Connection, slots: Vec<Slot>) -> Self {
        Self {
            connection,
            slots,
            building: None,
            ahead: None,
            is_doubtful: false,
        }
    }

    /// After an error on a server: it may have been restarted, the last commit may have been done or not, and
    /// another node may have taken over. A file has none of that.
    pub(super) fn doubt(&mut self) {
        self.is_doubtful = self.connection.dialect() == Dialect::Postgres;
    }

    /// Connects anew after a doubt, and reads where each build stands.
    pub(super) async fn ready(&mut self, location: &Place) -> Result<(), ProjectionError> {
        if !self.is_doubtful {
            return Ok(());
        }
        let mut connection = location.connect().await?;
        let mut slots = Vec::new();
        for slot in &self.slots {
            let permit = slot.permit.clone();
            slots.extend(store::find_live(&mut connection, &slot.projection, permit).await?);
        }
        self.connection = connection;
        self.slots = slots;
        self.is_doubtful = false;
        Ok(())
    }
}
