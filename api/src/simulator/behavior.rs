//! How the simulated Meta behaves where the real one is free to choose.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Delivery of webhooks and statuses. Times are milliseconds, shares per mille.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behavior {
    /// Share of deliveries that come twice.
    pub duplicate_per_mille: u16,
    /// Share of messages without a `delivered` status.
    pub drop_delivered_per_mille: u16,
    /// Most items in one POST.
    pub batch_max: usize,
    /// Up to this late an item comes, at random: shuffles them.
    pub jitter_ms: u64,
    /// Time between accepted, sent, delivered and read.
    pub status_delay_ms: u64,
    /// Deliveries under way at once.
    pub concurrency: usize,
    /// Whether phones read without anybody looking.
    pub reads_by_itself: bool,
    /// First pause before a delivery is repeated; doubles.
    pub redeliver_first_ms: u64,
    /// Longest pause.
    pub redeliver_longest_ms: u64,
    /// Tries before a delivery is given up.
    pub max_attempts: u32,
    /// Whether one message per 6 s and pair (burst 45) is enforced.
    pub pair_limit: bool,
    /// Whether an app is subscribed to the business account.
    pub is_subscribed: bool,
}

impl Default for Behavior {
    /// A well-behaved Meta: in order, one at a time, once.
    fn default() -> Self {
        Self {
            duplicate_per_mille: 0,
            drop_delivered_per_mille: 0,
            batch_max: 1,
            jitter_ms: 0,
            status_delay_ms: 120,
            concurrency: 1,
            reads_by_itself: false,
            redeliver_first_ms: 250,
            redeliver_longest_ms: 5_000,
            max_attempts: 1_000,
            pair_limit: false,
            is_subscribed: true,
        }
    }
}

impl Behavior {
    /// Meta on a bad day: everything it never promised not to do.
    pub fn rough() -> Self {
        Self {
            duplicate_per_mille: 300,
            drop_delivered_per_mille: 100,
            batch_max: 8,
            jitter_ms: 200,
            status_delay_ms: 60,
            concurrency: 16,
            reads_by_itself: true,
            redeliver_longest_ms: 1_000,
            max_attempts: u32::MAX,
            ..Self::default()
        }
    }

    pub(super) const fn status_delay(&self) -> Duration {
        Duration::from_millis(self.status_delay_ms)
    }

    pub(super) const fn jitter(&self) -> Duration {
        Duration::from_millis(self.jitter_ms)
    }

    /// Pause after the given number of failed tries.
    pub(super) fn redelivery_pause(&self, attempts: u32) -> Duration {
        let doubled = 1_u64
            .checked_shl(attempts.saturating_sub(1))
            .unwrap_or(u64::MAX);
        let millis = self.redeliver_first_ms.saturating_mul(doubled.max(1));
        Duration::from_millis(millis.min(self.redeliver_longest_ms))
    }
}
