//! Reads what both sides wrote down: Meta's ledgers, and the log through the product's own reader.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use api::simulator::ledger::{DELIVERIES, REQUESTS};
use application::ports::event_log::{EventLog, RecordedEvent};
use application::tasks::Tasks;
use domain::any_event::AnyEvent;
use domain::conversation::ConversationEvent;
use domain::delivery::DeliveryEvent;
use infrastructure::database::{Database, Location, OpenOptions};
use infrastructure::keys::KeyFiles;
use infrastructure::system::{SystemClock, SystemIds};
use projections::Projections;
use serde::Deserialize;

use super::checker::{Fact, Facts, Request, Said};
use super::harness::Lab;

/// Events read at once.
const PAGE: usize = 5000;
/// Time in which read models reach the head.
const CAUGHT_UP: Duration = Duration::from_mins(1);

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
pub(crate) struct Books {
    pub(crate) facts: Facts,
    deliveries: usize,
    reconciled: usize,
}

impl Books {
    /// Reads them; the server must not run.
    pub(super) async fn read(lab: &Lab) -> anyhow::Result<Self> {
        let tasks = Tasks::default();
        let database = open(&lab.data_dir(), &tasks).await?;
        let books = Self::of(&lab.ledger(), database.log.as_ref()).await?;
        ensure!(tasks.shut_down(CAUGHT_UP).await);
        Ok(books)
    }

    /// Reads Meta's books in a folder, and a log.
    pub(crate) async fn of(ledger: &Path, events: &dyn EventLog) -> anyhow::Result<Self> {
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
                log.push(fact(&event));
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
    pub(crate) fn unknown(&self) -> usize {
        self.count(|said| matches!(said, Said::Unknown { .. }))
    }

    /// Messages that reached Meta before one that was queued before them in their conversation.
    pub(crate) fn out_of_order(&self) -> Vec<String> {
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

    /// The figures of a run.
    pub(crate) fn summary(&self) -> String {
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

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(path)?;
    let lines = text.lines().map(serde_json::from_str::<T>);
    Ok(lines.collect::<Result<_, _>>()?)
}

async fn open(data_dir: &Path, tasks: &Tasks) -> anyhow::Result<Database> {
    let (keyring, _made) = KeyFiles::open_or_create(data_dir, None)?;
    let options = OpenOptions {
        location: Location::Folder(data_dir.to_owned()),
        keyring: Arc::new(keyring),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
    };
    Ok(Database::open(options, tasks).await?)
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
        at_micros: event.recorded_at.as_micros(),
        said,
    }
}

/// Read models that were followed through all kills show what a rebuild shows.
pub(super) async fn assert_rebuilds_equal(data_dir: &Path) -> anyhow::Result<()> {
    let tasks = Tasks::default();
    let database = open(data_dir, &tasks).await?;
    let (log, leases): (Arc<dyn EventLog>, _) = (database.log, database.leases);
    let read_file = projections::Location::File(data_dir.join("read.db"));
    let projections = Projections::open(read_file, Arc::clone(&log), leases, &tasks).await?;
    projections.start()?;
    ensure!(projections.wait_for(log.head(), CAUGHT_UP).await);
    for status in projections.list() {
        ensure!(status.degraded.is_none(), "{status:?}");
        let live = projections.fingerprint(status.name).await?;
        projections.rebuild(status.name, |_, _| {}).await?;
        let rebuilt = projections.fingerprint(status.name).await?;
        ensure!(live == rebuilt, "{} differs from its rebuild", status.name);
    }
    ensure!(tasks.shut_down(CAUGHT_UP).await);
    Ok(())
}
