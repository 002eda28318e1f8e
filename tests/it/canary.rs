//! Canaries: what is secret or personal stays out of log lines and of the log's bytes on disk.
//!
//! The read models hold texts in the clear and are excepted: they are thrown away and built anew.

use std::fmt::{Debug, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Event, Metadata};

use crate::support::{PHONE_NUMBER_ID, TestApp};

const TOKEN: &str = "EAAcanaryTokenQ7W8E9R0T1";
const PHONE: &str = "79160918273";
const INBOUND: &str = "canary-inbound-word";
const OUTBOUND: &str = "canary-outbound-word";
const NAME: &str = "CanaryName";
const CANARIES: [&str; 5] = [TOKEN, PHONE, INBOUND, OUTBOUND, NAME];

static LISTENS: AtomicBool = AtomicBool::new(false);
static SPANS: AtomicU64 = AtomicU64::new(1);
static LEAKS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static PROCESSED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Takes every line at the finest level and keeps those that hold a canary, and the seed's two.
struct Watch;

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Watch {
    fn take(metadata: &Metadata<'_>, line: &Line) {
        let text = format!("{} {}{}", metadata.level(), metadata.target(), line.0);
        if CANARIES.iter().any(|canary| text.contains(canary)) {
            LEAKS
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(text.clone());
        }
        if text.contains("Message processed") || text.contains("WhatsApp Webhook received") {
            PROCESSED
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(text);
        }
    }
}

impl Subscriber for Watch {
    fn register_callsite(&self, _metadata: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        LISTENS.load(Ordering::Relaxed)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line::default();
        span.record(&mut line);
        Self::take(span.metadata(), &line);
        Id::from_u64(SPANS.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        let mut line = Line::default();
        values.record(&mut line);
        if CANARIES.iter().any(|canary| line.0.contains(canary)) {
            LEAKS
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line.0);
        }
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        Self::take(event.metadata(), &line);
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

fn holds(bytes: &[u8], canary: &str) -> bool {
    bytes
        .windows(canary.len())
        .any(|part| part == canary.as_bytes())
}

/// Every file of the data folder but the read models.
fn check_files(folder: &Path) {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() || name.starts_with("read.db") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        seen += usize::from(name == "log.db");
        for canary in CANARIES {
            assert!(!holds(&bytes, canary), "{name} holds {canary}");
        }
    }
    assert_eq!(seen, 1, "the log is there");
}

#[tokio::test]
async fn canaries_reach_neither_log_lines_nor_the_log() {
    tracing::subscriber::set_global_default(Watch).expect("nobody else listens");
    LISTENS.store(true, Ordering::Relaxed);
    let mut app = TestApp::start().await;
    let number = json!({
        "display_name": "Main", "phone_number": "+79001234567", "phone_number_id": PHONE_NUMBER_ID,
        "access_token": TOKEN,
    });
    app.post("/whatsapp/numbers", number).await.expect(201);
    let conversation = app.hears(PHONE, NAME, INBOUND).await;
    let path = format!(
        "/conversations/{}/messages",
        conversation["id"].as_str().expect("an id")
    );
    app.post(&path, json!({"content": OUTBOUND}))
        .await
        .expect(201);
    app.post(&path, json!({"content": OUTBOUND.repeat(400)}))
        .await
        .expect(422);
    app.meta.shows(PHONE, 1).await;
    let messages = app
        .messages_when(&conversation, "it is read", |messages| {
            messages[1]["status"] == "read"
        })
        .await;
    app.deliver(format!("{{\"broken\": \"{INBOUND} {PHONE}").into_bytes())
        .await
        .expect(200);
    app.deliver_signed(INBOUND.as_bytes().to_vec(), &[TOKEN])
        .await
        .expect(401);
    check_files(&app.folder.path().join("data"));
    app.stop().await;
    LISTENS.store(false, Ordering::Relaxed);
    check_files(&app.folder.path().join("data"));
    let leaks = LEAKS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(leaks.is_empty(), "{leaks:#?}");
    let lines = PROCESSED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let (message, customer) = (&messages[0]["id"], &conversation["customer"]["id"]);
    let expected = format!(
        "Message processed: {} from {}",
        message.as_str().expect("an id"),
        customer.as_str().expect("an id"),
    );
    assert!(
        lines.iter().any(|line| line.contains(&expected)),
        "{lines:#?}"
    );
    let received = "WhatsApp Webhook received";
    assert!(
        lines.iter().any(|line| line.contains(received)
            && line.contains("items=1")
            && line.contains("fresh=1")),
        "{lines:#?}"
    );
}
