//! Carries events from the log to one client, page by page, no faster than the client reads.
//!
//! Invariant: a client that was sent the cursor of an event was sent every event before it, in order. One
//! that stops reading is ended, with the cursor behind the last event it can still fetch.

use std::io;
use std::time::Duration;

use application::ports::StoreError;
use application::use_cases::exports::{ExportedEvent, Exports, PAGE, PersonalMode};
use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use futures::Stream;
use futures::stream::unfold;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Pages that wait for a client.
const PAGES_AHEAD: usize = 2;
/// A client that takes nothing for this long is too slow.
const SLOW_AFTER: Duration = Duration::from_secs(30);
/// Silence on a stream is broken this often, so that nobody between takes it for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a reader waits before it connects again, in milliseconds.
const RETRY_MS: u32 = 2_000;

/// How events travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Lines,
    ServerSent,
}

impl Form {
    /// Server-sent events where the client takes them.
    pub(super) fn asked_for(headers: &HeaderMap) -> Self {
        let takes = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|kind| kind.split(';').next())
            .any(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"));
        if takes { Self::ServerSent } else { Self::Lines }
    }

    pub(super) const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Lines => "application/x-ndjson",
            Self::ServerSent => "text/event-stream",
        })
    }

    fn page(self, events: &[ExportedEvent]) -> serde_json::Result<Bytes> {
        let mut text = Vec::with_capacity(events.len() * 512);
        for event in events {
            if self == Self::ServerSent {
                text.extend_from_slice(format!("id: {}\ndata: ", event.cursor).as_bytes());
            }
            serde_json::to_writer(&mut text, event)?;
            text.push(b'\n');
            if self == Self::ServerSent {
                text.push(b'\n');
            }
        }
        Ok(text.into())
    }
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Everything asked for was sent.
    Complete,
    /// The client does not keep up.
    Slow,
    /// The server stops.
    Closing,
    /// The log cannot be read.
    Failed,
}

impl End {
    const fn reason(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Slow => "slow",
            Self::Closing => "closing",
            Self::Failed => "failed",
        }
    }
}

type Piece = io::Result<Bytes>;

/// What one client asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feed {
    form: Form,
    after: u64,
    /// Events to send; `None` goes on for ever.
    left: Option<u64>,
    personal: PersonalMode,
    pub(super) page: u64,
    pub(super) slow_after: Duration,
    pub(super) keep_alive: Duration,
}

impl Feed {
    pub(super) const fn new(
        form: Form,
        after: u64,
        left: Option<u64>,
        personal: PersonalMode,
    ) -> Self {
        Self {
            form,
            after,
            left,
            personal,
            page: PAGE as u64,
            slow_after: SLOW_AFTER,
            keep_alive: KEEP_ALIVE,
        }
    }

    /// What sends, and the body that it sends to.
    pub(super) fn start(self, closing: CancellationToken) -> (Pump, impl Stream<Item = Piece>) {
        let (pages, taken) = mpsc::channel(PAGES_AHEAD);
        let (last, last_taken) = oneshot::channel();
        let pump = Pump {
            feed: self,
            pages,
            last,
            closing,
        };
        let body = unfold((taken, Some(last_taken)), async |(mut taken, last)| {
            if let Some(page) = taken.recv().await {
                return Some((page, (taken, last)));
            }
            // Behind the last page; where the pump was dropped there is nothing to say.
            let piece: Piece = last?.await.unwrap_or(None)?;
            Some((piece, (taken, None)))
        });
        (pump, body)
    }
}

/// Reads the log for one client.
#[derive(Debug)]
pub(super) struct Pump {
    feed: Feed,
    pages: mpsc::Sender<Piece>,
    last: oneshot::Sender<Option<Piece>>,
    closing: CancellationToken,
}

impl Pump {
    /// Sends until the end, or until the client goes away.
    pub(super) async fn run(mut self, exports: &Exports) {
        let gone = self.pages.clone();
        let closing = self.closing.clone();
        let ended = tokio::select! {
            biased;
            () = gone.closed() => return,
            () = closing.cancelled() => End::Closing,
            ended = self.send_all(exports) => ended,
        };
        drop(gone);
        let piece = self.last_piece(exports, ended);
        // A client that went away needs no last word.
        let _ = self.last.send(piece);
    }

    async fn send_all(&mut self, exports: &Exports) -> End {
        if self.feed.form == Form::ServerSent {
            let hello = format!("retry: {RETRY_MS}\n\n");
            if self.send(hello.into()).await.is_err() {
                return End::Slow;
            }
        }
        loop {
            if self.feed.left == Some(0) {
                return End::Complete;
            }
            let at_most = self
                .feed
                .left
                .map_or(self.feed.page, |left| left.min(self.feed.page));
            let page = exports.page(self.feed.after, at_most, self.feed.personal);
            let events = match page.await {
                Ok(events) => events,
                Err(error) => return failed(&error),
            };
            let Some(last) = events.last().map(|event| event.position) else {
                let came = exports.wait(self.feed.after, self.feed.keep_alive).await;
                let is_silent = !came && self.feed.form == Form::ServerSent;
                if is_silent && self.send(": keep-alive\n\n".into()).await.is_err() {
                    return End::Slow;
                }
                continue;
            };
            let Ok(page) = self.feed.form.page(&events) else {
                return End::Failed;
            };
            if self.send(page).await.is_err() {
                return End::Slow;
            }
            self.feed.after = last;
            self.feed.left = self
                .feed
                .left
                .map(|left| left.saturating_sub(events.len() as u64));
        }
    }

    /// Hands a piece on once there is room; fails if there is none for too long.
    async fn send(&self, piece: Bytes) -> Result<(), ()> {
        let sent = tokio::time::timeout(self.feed.slow_after, self.pages.send(Ok(piece)));
        sent.await.map(drop).map_err(drop)
    }

    fn last_piece(&self, exports: &Exports, ended: End) -> Option<Piece> {
        match self.feed.form {
            Form::ServerSent => {
                let cursor = exports.cursor(self.feed.after).to_string();
                let said = json!({"reason": ended.reason(), "cursor": cursor});
                let event = format!("id: {cursor}\nevent: end\ndata: {said}\n\n");
                Some(Ok(event.into()))
            }
            // Lines end without a word when complete; else the connection breaks, so that nobody takes a
            // part for the whole.
            Form::Lines if ended == End::Complete => None,
            Form::Lines => Some(Err(io::Error::other(ended.reason()))),
        }
    }
}

fn failed(error: &StoreError) -> End {
    tracing::error!(%error, "an export ended: the log cannot be read");
    End::Failed
}
