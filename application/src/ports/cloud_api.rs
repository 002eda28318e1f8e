//! Sending through Meta's Cloud API, and what an answer proves.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::ids::MessageId;
use domain::message::Content;
use domain::number::NumberKind;
use secrecy::SecretString;

/// With what and from where to call.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Meta's id of the number.
    pub phone_number_id: String,
    /// Live numbers go to Meta, simulated ones to the simulator.
    pub kind: NumberKind,
    /// The access token.
    pub access_token: Arc<SecretString>,
}

/// To whom. At least one is set; the phone wins at Meta.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Recipient {
    /// Phone number with `+`.
    pub phone: Option<String>,
    /// Business-scoped user id.
    pub bsuid: Option<String>,
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Recipient(..)")
    }
}

/// One message to send.
#[derive(Clone, Debug)]
pub struct SendRequest {
    /// Credentials.
    pub credentials: Credentials,
    /// To whom.
    pub to: Recipient,
    /// What.
    pub content: Content,
    /// The quoted message.
    pub reply_to_wamid: Option<String>,
    /// Our send id, echoed in statuses (`biz_opaque_callback_data`).
    pub send_id: MessageId,
    /// Time until the attempt's deadline.
    pub timeout: Duration,
}

/// What a send's answer proves.
#[derive(Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Meta took it.
    Accepted {
        /// Meta's message id.
        wamid: String,
        /// Digits Meta resolved the number to.
        wa_id: Option<String>,
        /// BSUID Meta resolved it to.
        user_id: Option<String>,
        /// What Meta added.
        message_status: Option<String>,
    },
    /// Nothing was written to the socket: safe to try again.
    NotWritten {
        /// What failed, without addresses of people.
        cause: String,
    },
    /// Meta answered with a code that proves it was not processed (4, 80007, 613, 130429, 131056,
    /// 131057, HTTP 429): safe to try again after a pause.
    Throttled {
        /// Meta's code, 429 for a bare HTTP 429.
        meta_code: i64,
        /// `Retry-After`, if given.
        retry_after: Option<Duration>,
    },
    /// The token was refused (190, 0): the number pauses, the message waits.
    AuthBroken {
        /// Meta's code.
        meta_code: i64,
    },
    /// Definitely refused.
    Rejected(MetaError),
    /// The outcome cannot be known.
    Unknown {
        /// How it was lost.
        cause: domain::delivery::UnknownCause,
    },
}

impl std::fmt::Debug for SendOutcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Accepted { .. } => formatter.write_str("Accepted(..)"),
            Self::NotWritten { cause } => write!(formatter, "NotWritten({cause})"),
            Self::Throttled { meta_code, .. } => write!(formatter, "Throttled({meta_code})"),
            Self::AuthBroken { meta_code } => write!(formatter, "AuthBroken({meta_code})"),
            Self::Rejected(error) => write!(formatter, "Rejected({})", error.code),
            Self::Unknown { cause } => write!(formatter, "Unknown({cause:?})"),
        }
    }
}

/// A Graph error. Branch on `code` only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaError {
    /// Meta's code.
    pub code: i64,
    /// `message` or `title`.
    pub title: String,
    /// `error_data.details`.
    pub detail: Option<String>,
}

/// The Cloud API.
#[async_trait]
pub trait CloudApi: Send + Sync + std::fmt::Debug {
    /// Sends one message; never retries by itself.
    async fn send(&self, request: SendRequest) -> SendOutcome;

    /// Marks an inbound message (and those before it) as read; best effort, never retried.
    async fn mark_read(&self, credentials: &Credentials, wamid: &str, typing: bool);
}
