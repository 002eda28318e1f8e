//! A collector of traces: takes what is posted to `/v1/traces` and keeps its bytes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::net::TcpListener;

type Kept = Arc<Mutex<Vec<u8>>>;

/// Listens until it is dropped with its runtime.
#[derive(Debug)]
pub(super) struct Collector {
    address: SocketAddr,
    kept: Kept,
}

impl Collector {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let kept = Kept::default();
        let routes = Router::new()
            .route("/v1/traces", post(take))
            .with_state(Arc::clone(&kept));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = std::future::IntoFuture::into_future(axum::serve(listener, routes));
        #[expect(
            clippy::disallowed_methods,
            reason = "ends with the test's runtime, as its only owner"
        )]
        tokio::spawn(server);
        Ok(Self { address, kept })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether these words stand in what came: texts are plain in protobuf.
    pub(super) fn has(&self, words: &str) -> bool {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.windows(words.len())
            .any(|part| part == words.as_bytes())
    }
}

async fn take(State(kept): State<Kept>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let kind = headers
        .get("content-type")
        .map(reqwest::header::HeaderValue::as_bytes);
    if kind != Some(b"application/x-protobuf") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.extend_from_slice(&body);
    StatusCode::OK
}
