//! Reading a whole log that nobody serves, to find out whether every event decodes.

use std::sync::Arc;

use application::ports::StoreError;
use domain::any_event::AnyEvent;

use super::read;
use super::statements::READ_AFTER;
use super::upcast::Upcasting;
use crate::database::context::unavailable;
use crate::database::db::{Pool, Row, query};
use crate::database::subject_keys::SubjectKeys;
use crate::keys::Keyring;

/// Events read at once.
const BATCH: i64 = 1_000;

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventsRead {
    /// Rows that decode.
    pub(crate) events: u64,
    /// Events of a type or version that this program does not know.
    pub(crate) unknown: u64,
}

/// Decodes every event. Without a keyring personal parts stay closed and count as erased.
///
/// # Errors
/// [`StoreError::Corrupt`] names the first event that does not decode or open.
pub(crate) async fn read_all(
    pool: &Pool,
    keyring: Option<Arc<Keyring>>,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<EventsRead, StoreError> {
    let upcasting = Upcasting::default();
    let keys = keyring.map(|keyring| SubjectKeys::new(pool.clone(), keyring));
    let mut read = EventsRead::default();
    let mut after = 0_i64;
    loop {
        let rows: Vec<Row> = query(READ_AFTER)
            .bind(after)
            .bind(BATCH)
            .fetch_all(pool)
            .await
            .map_err(unavailable)?;
        let Some(last) = rows.last() else {
            return Ok(read);
        };
        after = last.try_get(0).map_err(unavailable)?;
        read.events += rows.len() as u64;
        let events = match &keys {
            Some(keys) => read::decode(rows, keys, &upcasting).await?,
            None => read::decode_closed(&rows, &upcasting)?,
        };
        let unknown = events
            .iter()
            .filter(|event| matches!(event.data, AnyEvent::Unknown(_)));
        read.unknown += unknown.count() as u64;
        progress(read.events);
    }
}
