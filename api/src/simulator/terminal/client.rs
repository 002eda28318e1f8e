//! The phone's routes of a running server.

use std::time::Duration;

use domain::phone::E164;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use crate::simulator::{Screen, product};

/// Time a request may take beyond the wait it asks for.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why the phone has no network.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// No server answers.
    #[error("the server at {0} does not answer; start it with `vestnik serve` or `vestnik demo`")]
    Unreachable(Url, #[source] reqwest::Error),
    /// The server refuses.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// The address of the server leads nowhere.
    #[error("the server's address {0} cannot be used")]
    Address(Url),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// One phone.
#[derive(Debug)]
pub(super) struct PhoneClient {
    client: reqwest::Client,
    messages: Url,
    token: SecretString,
    name: String,
}

impl PhoneClient {
    pub(super) fn new(
        server: &Url,
        token: SecretString,
        phone_number_id: &str,
        phone: &E164,
        name: &str,
    ) -> Result<Self, PhoneError> {
        // Whoever comes second finds the same provider installed.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(PhoneError::Client)?;
        let mut messages = server.clone();
        messages
            .path_segments_mut()
            .map_err(|()| PhoneError::Address(server.clone()))?
            .pop_if_empty()
            .push(product::PATH.trim_start_matches('/'))
            .extend(["phone", phone_number_id, phone.digits(), "messages"]);
        Ok(Self {
            client,
            messages,
            token,
            name: name.to_owned(),
        })
    }

    /// The owner's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Does something with the phone: the body of its route.
    pub(super) async fn act(&self, mut act: Value) -> Result<(), PhoneError> {
        act["name"] = json!(self.name);
        let request = self
            .client
            .post(self.messages.clone())
            .timeout(TIMEOUT)
            .json(&act);
        self.answer(request).await.map(|_| ())
    }

    /// What the phone shows after a version; waits for news.
    pub(super) async fn screen(&self, after: u64, wait: Duration) -> Result<Screen, PhoneError> {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let request = self
            .client
            .get(self.messages.clone())
            .query(&[("after", after), ("wait_ms", wait_ms)])
            .timeout(wait + TIMEOUT);
        let body = self.answer(request).await?;
        serde_json::from_slice(&body)
            .map_err(|_| PhoneError::Refused("its answer cannot be read".to_owned()))
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Vec<u8>, PhoneError> {
        let unreachable = |error| PhoneError::Unreachable(self.origin(), error);
        let request = request.bearer_auth(self.token.expose_secret());
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?.to_vec();
        if status.is_success() {
            Ok(body)
        } else {
            Err(refused(status, &body))
        }
    }

    fn origin(&self) -> Url {
        let mut origin = self.messages.clone();
        origin.set_path("");
        origin
    }
}

fn refused(status: StatusCode, body: &[u8]) -> PhoneError {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let detail = problem.get("detail").and_then(Value::as_str);
    PhoneError::Refused(detail.map_or_else(|| status.to_string(), str::to_owned))
}
