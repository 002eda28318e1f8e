//! A message that the Cloud API took: it shows on the phone, and its statuses go on their way.

use serde_json::json;
use tokio::time::Instant;

use super::graph_error::title;
use super::graph_request::{Outgoing, OutgoingContent};
use super::locked;
use super::meta::SimulatedMeta;
use super::phone::{Author, Bubble, Unseen};

/// Free text is taken this long after the customer's last message.
const WINDOW_SECONDS: i64 = 24 * 60 * 60;

/// A message that was taken.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    pub(super) phone_number_id: &'a str,
    pub(super) wa_id: &'a str,
    pub(super) wamid: &'a str,
    pub(super) outgoing: &'a Outgoing,
    /// The code with which it fails later.
    pub(super) failure: Option<i64>,
}

impl SimulatedMeta {
    /// The message reaches the phone, its statuses go on their way.
    pub(super) fn take(&self, taken: Taken<'_>) {
        let Taken {
            phone_number_id,
            wa_id,
            wamid,
            outgoing,
            failure,
        } = taken;
        self.counters.accepted.add(1);
        let behavior = self.behavior();
        let delay = behavior.status_delay();
        let mut phones = locked(&self.phones);
        let phone = phones.of(phone_number_id, wa_id);
        let status = |name| {
            self.status(
                phone_number_id,
                phone,
                wamid,
                name,
                outgoing.callback_data.clone(),
            )
        };
        let closed = phone
            .last_written_at
            .is_some_and(|at| self.clock.now().micros_since(at) > WINDOW_SECONDS * 1_000_000);
        if let Some(code) = failure.or_else(|| closed.then_some(131_047)) {
            let mut failed = status("failed");
            failed.contact = None;
            failed.object["errors"] = json!([{
                "code": code,
                "title": title(code),
                "message": title(code),
                "error_data": { "details": "The simulator was told to fail this message, or its window is closed." },
            }]);
            self.enqueue(failed, delay);
            return;
        }
        self.enqueue(status("sent"), delay);
        let (text, buttons) = match &outgoing.content {
            OutgoingContent::Bubble { text, buttons } => (text.clone(), buttons.clone()),
            // A reaction gets no further status.
            OutgoingContent::Reaction { message_id, emoji } => {
                return phone.react(message_id, emoji);
            }
        };
        if !locked(&self.chance).happens(behavior.drop_delivered_per_mille) {
            self.enqueue(status("delivered"), delay * 2);
        }
        let unseen = if behavior.reads_by_itself {
            self.enqueue(status("read"), delay * 3);
            None
        } else {
            Some(Unseen {
                wamid: wamid.to_owned(),
                callback_data: outgoing.callback_data.clone(),
                not_before: Instant::now() + delay * 3,
            })
        };
        let bubble = Bubble {
            version: 0,
            id: wamid.to_owned(),
            from: Author::Business,
            text,
            buttons,
            quotes: outgoing.quotes.clone(),
            reaction: None,
            ticks: None,
            at: self.seconds(),
        };
        phone.receive(bubble, unseen);
    }
}
