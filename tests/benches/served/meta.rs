//! A Cloud API that accepts everything, notes when the first answer to each customer came, and may report
//! statuses. Absent on purpose: faults, limits, books.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use application::tasks::Tasks;
use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::load::{Connection, signed_request};
use crate::server::SECRET;

/// Connections that deliver statuses.
const REPORTERS: usize = 8;
/// What Meta reports of a message that is read at once.
const STATUSES: [&str; 3] = ["sent", "delivered", "read"];

/// The Cloud API's side of a benchmark.
#[derive(Debug)]
pub(crate) struct Meta {
    /// The base address for `WHATSAPP_API_URL`.
    pub(crate) url: String,
    seen: Arc<Seen>,
    reports: mpsc::UnboundedSender<Sent>,
    waiting: Mutex<Option<mpsc::UnboundedReceiver<Sent>>>,
}

#[derive(Debug, Default)]
struct Seen {
    /// When the first message to each customer came, by the customer's number.
    first: Mutex<Vec<Option<Instant>>>,
    messages: AtomicU64,
    reported: AtomicU64,
}

/// A message that was accepted.
#[derive(Debug)]
struct Sent {
    phone_number_id: String,
    to: String,
    wamid: String,
}

#[derive(Clone)]
struct Serving {
    seen: Arc<Seen>,
    reports: Option<mpsc::UnboundedSender<Sent>>,
    first_phone: u64,
}

impl Meta {
    /// Serves for customers numbered from `first_phone` on; `reports` statuses once [`Self::report`] runs.
    pub(crate) async fn start(
        tasks: &Tasks,
        customers: usize,
        reports: bool,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/v25.0", listener.local_addr()?);
        let seen = Arc::new(Seen {
            first: Mutex::new(vec![None; customers]),
            ..Seen::default()
        });
        let (sender, receiver) = mpsc::unbounded_channel();
        let serving = Serving {
            seen: Arc::clone(&seen),
            reports: reports.then(|| sender.clone()),
            first_phone: crate::load::FIRST_PHONE,
        };
        let router = Router::new()
            .route("/v25.0/{phone_number_id}/messages", post(accept))
            .with_state(serving);
        let stop = tasks.stop().clone();
        tasks.spawn(async move {
            let served =
                axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
            // Ends with the benchmark.
            let _ended = served.await;
        });
        Ok(Self {
            url,
            seen,
            reports: sender,
            waiting: Mutex::new(Some(receiver)),
        })
    }

    /// Delivers statuses to the server from now on.
    pub(crate) fn report(&self, tasks: &Tasks, port: u16) {
        let waiting = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(receiver) = waiting else { return };
        let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
        for _ in 0..REPORTERS {
            let (receiver, seen) = (Arc::clone(&receiver), Arc::clone(&self.seen));
            tasks.spawn(async move {
                // A server that hangs up ends the benchmark elsewhere.
                let _ended = report(&receiver, &seen, port).await;
            });
        }
    }

    /// Messages accepted so far.
    pub(crate) fn messages(&self) -> u64 {
        self.seen.messages.load(Ordering::Relaxed)
    }

    /// Statuses delivered so far.
    pub(crate) fn reported(&self) -> u64 {
        self.seen.reported.load(Ordering::Relaxed)
    }

    /// Whether statuses of accepted messages wait.
    pub(crate) fn is_reported(&self) -> bool {
        self.reports.is_closed() || self.reported() >= self.messages() * STATUSES.len() as u64
    }

    /// When the first message to each customer came.
    pub(crate) fn first_messages(&self) -> Vec<Option<Instant>> {
        let first = self.seen.first.lock();
        first.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn accept(
    State(serving): State<Serving>,
    Path(phone_number_id): Path<String>,
    Json(body): Json<Value>,
) -> Json<Value> {
    let Some(to) = body["to"].as_str() else {
        return Json(json!({"success": true}));
    };
    let came = Instant::now();
    let number = serving.seen.messages.fetch_add(1, Ordering::Relaxed);
    let customer = to.trim_start_matches('+').parse::<u64>().ok();
    let customer = customer.and_then(|phone| phone.checked_sub(serving.first_phone));
    if let Some(customer) = customer.and_then(|customer| usize::try_from(customer).ok()) {
        let mut first = serving
            .seen
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = first.get_mut(customer) {
            first.get_or_insert(came);
        }
    }
    let wamid = format!("wamid.HBgLsent{number:032}");
    let answer = json!({
        "messaging_product": "whatsapp",
        "contacts": [{"input": to, "wa_id": to.trim_start_matches('+')}],
        "messages": [{"id": wamid}],
    });
    if let Some(reports) = &serving.reports {
        let to = to.trim_start_matches('+').to_owned();
        // Nobody listens once the benchmark is over.
        let _gone = reports.send(Sent {
            phone_number_id,
            to,
            wamid,
        });
    }
    Json(answer)
}

async fn report(
    receiver: &tokio::sync::Mutex<mpsc::UnboundedReceiver<Sent>>,
    seen: &Seen,
    port: u16,
) -> anyhow::Result<()> {
    let secret = SecretString::from(SECRET.to_owned());
    let mut connection = Connection::open(port).await?;
    loop {
        let Some(sent) = receiver.lock().await.recv().await else {
            return Ok(());
        };
        for status in STATUSES {
            let body = json!({
                "object": "whatsapp_business_account",
                "entry": [{"id": "100000000000002", "changes": [{"field": "messages", "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {
                        "display_phone_number": "79001234567",
                        "phone_number_id": sent.phone_number_id,
                    },
                    "statuses": [{
                        "id": sent.wamid, "status": status, "recipient_id": sent.to,
                        "timestamp": crate::load::unix_seconds().to_string(),
                    }],
                }}]}],
            });
            connection
                .ask(&signed_request(&secret, &body.to_string()))
                .await?;
            seen.reported.fetch_add(1, Ordering::Relaxed);
        }
    }
}
