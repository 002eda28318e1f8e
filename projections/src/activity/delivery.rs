//! What became of an outbound message, from the kinds of events seen in any order.

use application::ports::event_log::RecordedEvent;
use domain::delivery::DeliveryEvent;

use super::apply::Facts;
use super::model::DeliveryStatus;

const UNKNOWN: i64 = 1;
const REJECTED: i64 = 1 << 1;
const TAKEN: i64 = 1 << 2;
const FAILED: i64 = 1 << 3;
const DELIVERED: i64 = 1 << 4;
const READ: i64 = 1 << 5;

/// The strongest evidence first, as the timeline shows it.
const STATUSES: [(i64, DeliveryStatus); 6] = [
    (READ, DeliveryStatus::Read),
    (DELIVERED, DeliveryStatus::Delivered),
    (FAILED, DeliveryStatus::Failed),
    (TAKEN, DeliveryStatus::Sent),
    (REJECTED, DeliveryStatus::Rejected),
    (UNKNOWN, DeliveryStatus::Unknown),
];

impl Facts {
    /// Applies an event of a delivery.
    pub(super) fn delivery(&mut self, event: &RecordedEvent, data: &DeliveryEvent) {
        let bit = match data {
            DeliveryEvent::Unknown { .. } => UNKNOWN,
            DeliveryEvent::Rejected { .. } => REJECTED,
            DeliveryEvent::Accepted { .. }
            | DeliveryEvent::Reconciled { .. }
            | DeliveryEvent::Sent { .. } => TAKEN,
            DeliveryEvent::Failed { .. } => FAILED,
            DeliveryEvent::Delivered { .. } => DELIVERED,
            DeliveryEvent::Read { .. } | DeliveryEvent::Played { .. } => READ,
        };
        let message = event.stream.id.to_string();
        self.deliveries.upsert(message.clone(), event, |row| {
            row.message = message;
            row.seen |= bit;
            let seen = row.seen;
            let strongest = STATUSES.iter().find(|(bit, _)| seen & bit != 0);
            let status = strongest.map_or(DeliveryStatus::Pending, |(_, status)| *status);
            status.as_str().clone_into(&mut row.status);
        });
    }
}
