//! The Cloud API client: one request an attempt, and what its answer proves.
//!
//! Absent on purpose: retries, pacing, order (the application's sending), media and templates.

mod answer;
mod body;
#[cfg(test)]
mod tests;

use std::time::Duration;

use application::failpoints;
use application::ports::cloud_api::{CloudApi, Credentials, SendOutcome, SendRequest};
use async_trait::async_trait;
use domain::delivery::UnknownCause;
use domain::number::NumberKind;
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use self::answer::{Answer, classify};

/// Time to reach Meta; within it nothing of a message has left.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for marking as read, which nobody waits for.
const MARK_READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle connections are closed by us before a server does: a request on a connection that is being closed
/// would end as unknown.
const POOL_IDLE: Duration = Duration::from_secs(20);
/// Bytes of an answer that are read; a real one has a few hundred.
const MAX_ANSWER: usize = 1024 * 1024;

/// Where the Graph API is.
#[derive(Clone, Debug)]
pub struct GraphConfig {
    /// For live numbers, with version: `https://graph.facebook.com/v25.0` (`WHATSAPP_API_URL`).
    pub live_base_url: Url,
    /// For simulated numbers; `None` where no simulator runs.
    pub simulator_base_url: Option<Url>,
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum GraphClientError {
    /// An address that no message path can be added to.
    #[error(
        "WHATSAPP_API_URL: {0} must start with http:// or https://, e.g. https://graph.facebook.com/v25.0"
    )]
    BaseUrl(Url),
    /// TLS or the client could not be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// The Cloud API over HTTP.
#[derive(Debug)]
pub struct GraphClient {
    client: Client,
    config: GraphConfig,
}

impl GraphClient {
    /// A client; made once, it holds the connection pool.
    ///
    /// # Errors
    /// [`GraphClientError`].
    pub fn new(config: GraphConfig) -> Result<Self, GraphClientError> {
        // Whoever comes second finds the same provider installed.
        let _already = rustls::crypto::ring::default_provider().install_default();
        for base in [
            Some(&config.live_base_url),
            config.simulator_base_url.as_ref(),
        ]
        .into_iter()
        .flatten()
        {
            if !matches!(base.scheme(), "http" | "https") {
                return Err(GraphClientError::BaseUrl(base.clone()));
            }
        }
        // HTTP/1.1 only: one connection carries one request, so that "nothing was written" has one meaning
        // and no server asks for a request to be repeated. No proxy of the environment stands between.
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .http1_only()
            .no_proxy()
            .user_agent(concat!("vestnik/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, config })
    }

    /// Where messages of a number go; `None` for a simulated number without a simulator.
    fn messages_url(&self, credentials: &Credentials) -> Option<Url> {
        let mut url = match credentials.kind {
            NumberKind::Live => self.config.live_base_url.clone(),
            NumberKind::Simulated => self.config.simulator_base_url.clone()?,
        };
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .push(&credentials.phone_number_id)
            .push("messages");
        Some(url)
    }

    /// The request, or why it cannot even begin.
    fn request(
        &self,
        credentials: &Credentials,
        body: &Value,
        timeout: Duration,
    ) -> Result<reqwest::RequestBuilder, SendOutcome> {
        let Some(url) = self.messages_url(credentials) else {
            return Err(SendOutcome::NotWritten {
                cause: "no simulator runs for this number".to_owned(),
            });
        };
        let bearer = format!("Bearer {}", credentials.access_token.expose_secret());
        // A token that is no header value would be refused by Meta as well: its own code says so.
        let Ok(mut bearer) = HeaderValue::from_str(&bearer) else {
            return Err(SendOutcome::AuthBroken { meta_code: 0 });
        };
        bearer.set_sensitive(true);
        Ok(self
            .client
            .post(url)
            .header(AUTHORIZATION, bearer)
            .timeout(timeout)
            .json(body))
    }
}

#[async_trait]
impl CloudApi for GraphClient {
    async fn send(&self, request: SendRequest) -> SendOutcome {
        let body = match body::message(&request) {
            Ok(body) => body,
            Err(refusal) => return SendOutcome::Rejected(refusal),
        };
        let prepared = match self.request(&request.credentials, &body, request.timeout) {
            Ok(prepared) => prepared,
            Err(outcome) => return outcome,
        };
        match failpoints::reach_beside("after_first_byte", prepared.send()).await {
            Ok(response) => classify(&read(response).await),
            Err(error) => not_answered(&error),
        }
    }

    async fn mark_read(&self, credentials: &Credentials, wamid: &str, typing: bool) {
        let Ok(prepared) = self.request(
            credentials,
            &body::mark_read(wamid, typing),
            MARK_READ_TIMEOUT,
        ) else {
            tracing::debug!("a message could not be marked as read: no address or no usable token");
            return;
        };
        match prepared.send().await {
            Ok(response) if response.status().is_success() => {}
            Ok(response) => {
                tracing::debug!(
                    status = response.status().as_u16(),
                    "marking as read was refused"
                );
            }
            Err(error) => {
                tracing::debug!(
                    timeout = error.is_timeout(),
                    "marking as read was not answered"
                );
            }
        }
    }
}

/// What a request without an answer proves. Names no address: it may hold what people typed.
fn not_answered(error: &reqwest::Error) -> SendOutcome {
    if error.is_builder() {
        SendOutcome::NotWritten {
            cause: "the request could not be built".to_owned(),
        }
    } else if error.is_connect() {
        let cause = if error.is_timeout() {
            "connecting took too long"
        } else {
            "no connection"
        };
        SendOutcome::NotWritten {
            cause: cause.to_owned(),
        }
    } else if error.is_timeout() {
        SendOutcome::Unknown {
            cause: UnknownCause::Timeout,
        }
    } else {
        SendOutcome::Unknown {
            cause: UnknownCause::Reset,
        }
    }
}

/// Reads an answer up to the cap.
async fn read(mut response: Response) -> Answer {
    let status = response.status().as_u16();
    let retry_after = retry_after(&response);
    let mut body = Vec::new();
    let lost = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => {
                body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => break Some(UnknownCause::Ambiguous),
            Ok(None) => break None,
            Err(error) if error.is_timeout() => break Some(UnknownCause::Timeout),
            Err(error) if error.is_decode() => break Some(UnknownCause::Ambiguous),
            Err(_) => break Some(UnknownCause::Reset),
        }
    };
    let body = if lost.is_none() {
        serde_json::from_slice(&body).ok()
    } else {
        None
    };
    Answer {
        status,
        retry_after,
        body,
        lost,
    }
}

/// `Retry-After` in seconds; a date is not worth a parser, the growing pause serves as well.
fn retry_after(response: &Response) -> Option<Duration> {
    if response.status() == StatusCode::OK {
        return None;
    }
    let seconds = response
        .headers()
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}
