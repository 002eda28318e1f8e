//! The limit of one message per 6 seconds from a number to a customer, with a burst of 45.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// Time one message costs.
const PER_MESSAGE: Duration = Duration::from_secs(6);
/// Time that may be borrowed: 45 messages at once.
const BURST: Duration = Duration::from_secs(6 * 44);

/// When each pair has paid for what it sent.
#[derive(Debug, Default)]
pub(super) struct Pairs(HashMap<(String, String), Instant>);

impl Pairs {
    /// Whether the pair may send now; counts the message if so.
    pub(super) fn admit(&mut self, phone_number_id: &str, wa_id: &str) -> bool {
        let now = Instant::now();
        let key = (phone_number_id.to_owned(), wa_id.to_owned());
        let paid_until = self.0.get(&key).map_or(now, |until| (*until).max(now));
        if paid_until.duration_since(now) > BURST {
            return false;
        }
        self.0.insert(key, paid_until + PER_MESSAGE);
        true
    }
}
