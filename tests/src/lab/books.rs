//! Reads what both sides wrote down: Meta's ledgers, and the log through the product's own reader.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use api::simulator::ledger::{DELIVERIES, REQUESTS};
use application::ports::event_log::{EventLog, RecordedEvent};
use domain::any_event::AnyEvent;
use domain::conversation::ConversationEvent;
use domain::delivery::DeliveryEvent;
use domain::ids::{CommandId, derive};
use serde::Deserialize;

use super::checker::{Fact, Facts, Request, Said};
use super::database::lines;

/// Events read at once.
const PAGE: usize = 5000;

#[derive(Debug, Deserialize)]
struct DeliveryLine {
    items: Vec<ItemLine>,
}

#[derive(Debug, Deserialize)]
struct ItemLine {
    id: String,
    status: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RequestLine {
    send_id: Option<String>,
    outcome: String,
    applied: bool,
}

/// What both sides wrote down.
#[derive(Debug)]
pub struct Books {
    /// What the rules look at.
    pub facts: Facts,
    deliveries: usize,
    reconciled: usize,
}

impl Books {
    /// Reads Meta's books in a folder, a log, and which item of the inbox has which key.
    ///
    /// # Errors
    /// Something cannot be read.
    pub async fn of(
        ledger: &Path,
        events: &dyn EventLog,
        inbox: &[(i64, Vec<u8>)],
    ) -> anyhow::Result<Self> {
        let inbox: HashMap<CommandId, i64> = inbox
            .iter()
            .map(|(item, dedupe)| (CommandId::new(received_by(dedupe)), *item))
            .collect();
        let deliveries: Vec<DeliveryLine> = lines(&ledger.join(DELIVERIES))?;
        let requests: Vec<RequestLine> = lines(&ledger.join(REQUESTS))?;
        let mut log = Vec::new();
        let mut reconciled = 0;
        loop {
            let after = u64::try_from(log.len())?;
            let page = events.read_after(after, PAGE).await?;
            if page.is_empty() {
                break;
            }
            for event in page {
                reconciled += usize::from(event.event_type == "DeliveryReconciled");
                log.push(Fact {
                    item: inbox.get(&event.command_id).copied(),
                    ..fact(&event)
                });
            }
        }
        let count = deliveries.len();
        let acknowledged = deliveries
            .into_iter()
            .flat_map(|delivery| delivery.items)
            .filter(|item| item.status.is_none())
            .map(|item| item.id);
        let requests = requests.into_iter().filter_map(|request| {
            Some(Request {
                send_id: request.send_id?,
                outcome: request.outcome,
                applied: request.applied,
            })
        });
        Ok(Self {
            facts: Facts {
                acknowledged: acknowledged.collect(),
                requests: requests.collect(),
                log,
            },
            deliveries: count,
            reconciled,
        })
    }

    /// How many sends ended unknown (some are reconciled later).
    pub fn unknown(&self) -> usize {
        self.count(|said| matches!(said, Said::Unknown { .. }))
    }

    /// Messages that reached Meta before one that was queued before them in their conversation.
    pub fn out_of_order(&self) -> Vec<String> {
        let mut queued = HashMap::new();
        for fact in &self.facts.log {
            if let Said::Queued { message } = &fact.said {
                queued.insert(message.as_str(), (fact.stream.as_str(), fact.position));
            }
        }
        let mut last: HashMap<&str, u64> = HashMap::new();
        let mut wrong = Vec::new();
        for request in &self.facts.requests {
            let Some((stream, position)) = queued.get(request.send_id.as_str()) else {
                continue;
            };
            let before = last.entry(stream).or_default();
            if position < before {
                wrong.push(format!("{stream}: {} left late", request.send_id));
            }
            *before = *position.max(before);
        }
        wrong
    }

    fn count(&self, is_meant: impl Fn(&Said) -> bool) -> usize {
        let log = &self.facts.log;
        log.iter().filter(|fact| is_meant(&fact.said)).count()
    }

    /// How often Meta answered what, the faults among them.
    pub fn outcomes(&self) -> BTreeMap<String, u64> {
        let mut outcomes = BTreeMap::new();
        for request in &self.facts.requests {
            *outcomes.entry(request.outcome.clone()).or_default() += 1;
        }
        outcomes
    }

    /// Everything that is wrong, in words.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = super::check(&self.facts);
        wrong.extend(self.out_of_order());
        wrong
    }

    /// The figures of a run.
    pub fn summary(&self) -> String {
        format!(
            "{} deliveries acknowledged, {} messages received, {} queued, {} requests at Meta; \
             {} accepted, {} rejected, {} canceled, {} unknown of which {} reconciled; {} events",
            self.deliveries,
            self.count(|said| matches!(said, Said::Received { .. })),
            self.count(|said| matches!(said, Said::Queued { .. })),
            self.facts.requests.len(),
            self.count(|said| matches!(said, Said::Accepted { .. })),
            self.count(|said| matches!(said, Said::Rejected { .. })),
            self.count(|said| matches!(said, Said::Canceled { .. })),
            self.unknown(),
            self.reconciled,
            self.facts.log.len(),
        )
    }
}

/// The id of the command by which an item becomes a received message.
fn received_by(dedupe: &[u8]) -> uuid::Uuid {
    derive(&[dedupe, b"receive"].concat())
}

fn fact(event: &RecordedEvent) -> Fact {
    let message = event.stream.id.to_string();
    let said = match &event.data {
        AnyEvent::Conversation(ConversationEvent::MessageReceived { personal, .. }) => {
            Said::Received {
                wamid: personal
                    .open()
                    .map(|body| body.wamid.clone())
                    .unwrap_or_default(),
            }
        }
        AnyEvent::Conversation(ConversationEvent::MessageQueued { message, .. }) => Said::Queued {
            message: message.to_string(),
        },
        AnyEvent::Conversation(ConversationEvent::MessageCanceled { message, .. }) => {
            Said::Canceled {
                message: message.to_string(),
            }
        }
        AnyEvent::Delivery(DeliveryEvent::Accepted { .. }) => Said::Accepted { message },
        AnyEvent::Delivery(DeliveryEvent::Rejected { .. }) => Said::Rejected { message },
        AnyEvent::Delivery(DeliveryEvent::Unknown { .. }) => Said::Unknown { message },
        _ => Said::Other,
    };
    Fact {
        position: event.position,
        stream: format!("{} {}", event.stream.aggregate_type, event.stream.id),
        sequence: event.sequence,
        item: None,
        at_micros: event.recorded_at.as_micros(),
        said,
    }
}
