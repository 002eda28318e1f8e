//! What handlers work with. Everything behind ports, so that tests can start any part.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use application::inbound::receive::Receiver;
use application::ports::StoreError;
use application::ports::blobs::{BlobHasher, Blobs};
use application::ports::clock::IdGenerator;
use application::ports::directory::Directory;
use application::ports::event_log::EventLog;
use application::ports::idempotency::IdempotencyKeys;
use application::ports::inbox::Inbox;
use application::ports::outbox::Outbox;
use application::use_cases::bots::Bots;
use application::use_cases::conversations::Conversations;
use application::use_cases::numbers::Numbers;
use application::use_cases::tokens::Tokens;
use projections::{ProjectionError, Projections, Reads};
use secrecy::SecretString;

use crate::config::Config;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// State of the server.
#[derive(Debug)]
pub struct App {
    /// The configuration.
    pub config: Arc<Config>,
    /// The port that is listened on.
    pub port: u16,
    /// Hash of the token that `run.json` holds while this server runs.
    pub admin_token_hash: String,
    /// What Meta must show to subscribe.
    pub verify_token: SecretString,
    /// Takes deliveries.
    pub receiver: Receiver,
    /// Uses of numbers.
    pub numbers: Numbers,
    /// Uses of conversations.
    pub conversations: Conversations,
    /// Uses of bots.
    pub bots: Bots,
    /// Uses of tokens.
    pub tokens: Tokens,
    /// Look-ups that never wait.
    pub directory: Arc<dyn Directory>,
    /// Scenarios.
    pub blobs: Arc<dyn Blobs>,
    /// The inbox.
    pub inbox: Arc<dyn Inbox>,
    /// The outbox.
    pub outbox: Arc<dyn Outbox>,
    /// Keys of repeated requests.
    pub idempotency: Arc<dyn IdempotencyKeys>,
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// The read models.
    pub projections: Arc<Projections>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// SHA-256.
    pub hasher: Arc<dyn BlobHasher>,
    /// Taking requests; off before the start and during shutdown.
    pub is_ready: AtomicBool,
}

impl App {
    /// Answers queries.
    pub fn reads(&self) -> &Reads {
        self.projections.reads()
    }
}

/// A page that cannot be read; a cursor that is not ours is told by its parameter.
pub(super) fn page_problem(error: ProjectionError, parameter: &str) -> Problem {
    match error {
        ProjectionError::Cursor(_) => bad_cursor(parameter),
        other => other.into(),
    }
}

fn bad_cursor(parameter: &str) -> Problem {
    Problem::invalid(vec![FieldError::new(
        parameter,
        "invalid_cursor",
        Text::new(
            "is not a cursor of this server; begin without one",
            "не является курсором этого сервера; начните без него",
        ),
    )])
}

impl From<ProjectionError> for Problem {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::NoSuchProjection(_) => {
                Self::new("not_found").detail(Text::same(error.to_string()))
            }
            ProjectionError::Busy => Self::new("conflict").detail(Text::same(error.to_string())),
            ProjectionError::Cursor(_) => bad_cursor("after"),
            ProjectionError::Log(error) => error.into(),
            ProjectionError::Database(_) | ProjectionError::File(_) | ProjectionError::Stopping => {
                StoreError::Unavailable(error.to_string()).into()
            }
            other => Self::internal(&other),
        }
    }
}
