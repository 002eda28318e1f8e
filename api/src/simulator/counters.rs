//! What happened since the start, counted.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// A number that only grows.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self, more: usize) {
        self.0
            .fetch_add(u64::try_from(more).unwrap_or(0), Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happened since the start.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) requests: Count,
    pub(super) accepted: Count,
    pub(super) faults: Count,
    pub(super) written: Count,
    pub(super) acknowledged_deliveries: Count,
    pub(super) acknowledged_items: Count,
    pub(super) duplicates: Count,
    pub(super) redeliveries: Count,
    pub(super) given_up: Count,
}

/// Counters at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct CounterValues {
    pub requests: u64,
    pub accepted: u64,
    pub faults: u64,
    pub customer_messages: u64,
    pub acknowledged_deliveries: u64,
    pub acknowledged_items: u64,
    pub duplicates: u64,
    pub redeliveries: u64,
    pub given_up: u64,
    pub unfinished: usize,
}
