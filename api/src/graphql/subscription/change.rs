//! What entity subscriptions share: which rows changed, told after the read models show it.
//!
//! Changes that are read together are told once, at the position of the last one. Told in order of these
//! positions, so that a client that goes on from any of them misses no row.

use std::collections::BTreeMap;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;

use super::feed::{Feed, shown};
use crate::graphql::limits;
use crate::problem::Problem;
use crate::rest::App;

/// A follower of the log that gathers keys of changed rows.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) app: Arc<App>,
    feed: Feed,
}

impl Changes {
    /// Changes after a client's cursor; without one after what the read models show now.
    ///
    /// # Errors
    /// The cursor is not one of this log.
    pub(super) fn begin(app: &Arc<App>, after: Option<&str>) -> Result<Self, Problem> {
        Ok(Self {
            app: Arc::clone(app),
            feed: Feed::begin(&app.log, after, shown(app))?,
        })
    }

    /// The cursor after a position.
    pub(super) fn cursor(&self, position: u64) -> String {
        self.feed.cursor(position)
    }

    /// Keys that events touched, each with the position of its last event, in order of these. Comes back
    /// when the read models have passed all of them.
    ///
    /// # Errors
    /// The feed ended, or the read models do not get on; the problem names the cursor to go on from.
    pub(super) async fn next<K: Ord>(
        &mut self,
        touched: impl Fn(&RecordedEvent) -> Option<K> + Send,
    ) -> Result<Vec<(u64, K)>, Problem> {
        loop {
            let before = self.feed.position();
            let events = self.feed.next().await?;
            let keys: BTreeMap<K, u64> = events
                .iter()
                .filter_map(|event| Some((touched(event)?, event.position)))
                .collect();
            if keys.is_empty() {
                continue;
            }
            let position = self.feed.position();
            let projections = &self.app.projections;
            if !projections.wait_for(position, limits::FEED_WAIT).await {
                let behind = Problem::new("read_models_behind");
                return Err(self.feed.ended(behind, before));
            }
            return Ok(in_order(keys));
        }
    }

    /// The same problem with the cursor before these changes.
    pub(super) fn failed<K>(&self, problem: Problem, changes: &[(u64, K)]) -> Problem {
        let first = changes.first().map_or(0, |(position, _)| *position);
        self.feed.ended(problem, first.saturating_sub(1))
    }
}

/// By position.
pub(super) fn in_order<K>(keys: impl IntoIterator<Item = (K, u64)>) -> Vec<(u64, K)> {
    let mut changes: Vec<(u64, K)> = keys
        .into_iter()
        .map(|(key, position)| (position, key))
        .collect();
    changes.sort_by_key(|(position, _)| *position);
    changes
}
