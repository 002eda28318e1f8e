//! Folds a batch of events in memory: rows are loaded once, changed many times and written once.
//!
//! Invariant: an event changes a row only if the row is older than the event, so that a batch applied
//! again changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use application::ports::event_log::RecordedEvent;
use infrastructure::database::db::{Connection, query_text};

use crate::runner::{ApplyError, Build};
use crate::table::Row;

/// The rows of one table that a batch touches, by key.
#[derive(Debug)]
pub(crate) struct Fold<K, R> {
    rows: BTreeMap<K, R>,
    changed: BTreeSet<K>,
}

impl<K: Ord + Clone, R: Row> Fold<K, R> {
    /// Loads the rows whose load column is one of `ids`.
    pub(crate) async fn load(
        connection: &mut Connection,
        build: Build,
        ids: &BTreeSet<String>,
        key: impl Fn(&R) -> K,
    ) -> Result<Self, ApplyError> {
        let mut rows = BTreeMap::new();
        if !ids.is_empty() {
            let text = build.sql(R::TABLE.load(connection.dialect()));
            let loaded: Vec<R> = query_text(R::TABLE.name, text)
                .bind(serde_json::to_string(ids)?)
                .fetch_all(connection)
                .await?;
            rows.extend(loaded.into_iter().map(|row| (key(&row), row)));
        }
        Ok(Self {
            rows,
            changed: BTreeSet::new(),
        })
    }

    /// Changes a row, made anew if there is none.
    pub(crate) fn upsert(&mut self, key: K, event: &RecordedEvent, change: impl FnOnce(&mut R)) {
        let position = event.position.cast_signed();
        let row = self.rows.entry(key.clone()).or_default();
        if row.position() < position {
            change(row);
            row.set_position(position);
            self.changed.insert(key);
        }
    }

    /// Changes a row that an earlier event of its stream must have made.
    ///
    /// # Errors
    /// There is no such row.
    pub(crate) fn update(
        &mut self,
        key: K,
        event: &RecordedEvent,
        change: impl FnOnce(&mut R),
    ) -> Result<(), ApplyError> {
        if !self.rows.contains_key(&key) {
            return Err(ApplyError::MissingRow(R::TABLE.name));
        }
        self.upsert(key, event, change);
        Ok(())
    }

    /// A row, if it is loaded or made.
    pub(crate) fn get(&self, key: &K) -> Option<&R> {
        self.rows.get(key)
    }

    /// The keys of all loaded rows.
    pub(crate) fn keys(&self) -> Vec<K> {
        self.rows.keys().cloned().collect()
    }

    /// Writes what changed.
    pub(crate) async fn save(
        self,
        connection: &mut Connection,
        build: Build,
    ) -> Result<(), ApplyError> {
        let rows: Vec<&R> = self
            .changed
            .iter()
            .filter_map(|key| self.rows.get(key))
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let text = build.sql(R::TABLE.save(connection.dialect()));
        query_text(R::TABLE.name, text)
            .bind(storable(serde_json::to_string(&rows)?))
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// JSON whose texts PostgreSQL takes: it has no NUL. What a customer wrote must not stop a batch, and both
/// databases show the same, so the sign for "no such character" stands in its place.
fn storable(json: String) -> String {
    const NUL: &str = "\\u0000";
    if !json.contains(NUL) {
        return json;
    }
    let mut storable = String::with_capacity(json.len());
    let mut rest = json.as_str();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        storable.push_str(before);
        // Every other escape begins with two characters that belong together.
        let (kept, length) = if escape.starts_with(NUL) {
            ("\u{fffd}", NUL.len())
        } else {
            (&escape[..2], 2)
        };
        storable.push_str(kept);
        rest = &escape[length..];
    }
    storable.push_str(rest);
    storable
}
