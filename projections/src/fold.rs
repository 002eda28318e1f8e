//! Folds a batch of events in memory: rows are loaded once, changed many times and written once.
//!
//! Invariant: an event changes a row only if the row is older than the event, so that a batch applied
//! again changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use application::ports::event_log::RecordedEvent;
use sqlx::{AssertSqlSafe, SqliteConnection};

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
        connection: &mut SqliteConnection,
        build: Build,
        ids: &BTreeSet<String>,
        key: impl Fn(&R) -> K,
    ) -> Result<Self, ApplyError> {
        let mut rows = BTreeMap::new();
        if !ids.is_empty() {
            let loaded: Vec<R> = sqlx::query_as(AssertSqlSafe(build.sql(R::TABLE.load.0)))
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
        connection: &mut SqliteConnection,
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
        sqlx::query(AssertSqlSafe(build.sql(R::TABLE.save.0)))
            .bind(serde_json::to_string(&rows)?)
            .execute(connection)
            .await?;
        Ok(())
    }
}
