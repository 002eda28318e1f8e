//! What handlers work with. Everything behind ports, so that tests can start any part.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use application::inbound::receive::Receiver;
use application::ports::StoreError;
use application::ports::blobs::{BlobHasher, Blobs};
use application::ports::clock::{Clock as _, IdGenerator};
use application::ports::directory::Directory;
use application::ports::event_log::EventLog;
use application::ports::idempotency::IdempotencyKeys;
use application::ports::inbox::Inbox;
use application::ports::leases::{Leases, NodeRecord, NodeState};
use application::ports::outbox::Outbox;
use application::process::Progress;
use application::use_cases::UseCaseError;
use application::use_cases::bots::Bots;
use application::use_cases::contacts::Contacts;
use application::use_cases::conversations::Conversations;
use application::use_cases::exports::Exports;
use application::use_cases::numbers::Numbers;
use application::use_cases::outbound::Outbound;
use application::use_cases::presence::Presence;
use application::use_cases::quick_replies::QuickReplies;
use application::use_cases::saved_views::SavedViews;
use application::use_cases::settings::Settings;
use application::use_cases::tokens::Tokens;
use domain::time::Timestamp;
use infrastructure::backup::Backups;
use infrastructure::system::{SystemClock, host};
use projections::{InvalidCursor, ProjectionError, Projections, Reads};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem, holder_json};

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
    /// Uses of contacts.
    pub contacts: Contacts,
    /// Uses of the settings.
    pub settings: Settings,
    /// Uses of quick replies.
    pub quick_replies: QuickReplies,
    /// Uses of saved views.
    pub saved_views: SavedViews,
    /// Who looks at what.
    pub presence: Presence,
    /// Uses of bots.
    pub bots: Bots,
    /// Uses of tokens.
    pub tokens: Tokens,
    /// Events for analysts.
    pub exports: Arc<Exports>,
    /// Whether messages leave.
    pub outbound: Outbound,
    /// Makes backups.
    pub backups: Arc<Backups>,
    /// Look-ups that never wait.
    pub directory: Arc<dyn Directory>,
    /// Scenarios.
    pub blobs: Arc<dyn Blobs>,
    /// The inbox.
    pub inbox: Arc<dyn Inbox>,
    /// What this node does of all work.
    pub leases: Arc<dyn Leases>,
    /// The outbox.
    pub outbox: Arc<dyn Outbox>,
    /// Keys of repeated requests.
    pub idempotency: Arc<dyn IdempotencyKeys>,
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// The read models.
    pub projections: Arc<Projections>,
    /// How far the bots' manager has taken the log.
    pub progress: Arc<Progress>,
    /// When this process began to serve.
    pub started: Instant,
    /// The same by the clock.
    pub started_at: Timestamp,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// SHA-256.
    pub hasher: Arc<dyn BlobHasher>,
    /// Canceled when the server stops: answers that go on for ever end then.
    pub closing: CancellationToken,
    /// Taking requests; off before the start and during shutdown.
    pub is_ready: AtomicBool,
}

impl App {
    /// Answers queries.
    pub fn reads(&self) -> &Reads {
        self.projections.reads()
    }

    /// The servers that work on this database. Where there can be one only, that is this one.
    pub(crate) async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        let nodes = self.leases.nodes().await?;
        if self.leases.are_shared() {
            return Ok(nodes);
        }
        Ok(vec![NodeRecord {
            id: "-".to_owned(),
            host: host(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            state: NodeState::Works,
            is_self: true,
            started_at: self.started_at,
            seen_at: SystemClock.now(),
            silent_seconds: 0,
            leases: Vec::new(),
        }])
    }

    /// What to answer where a use case did not do it; a person who stands in the way is named.
    pub(crate) async fn refusal(&self, error: UseCaseError) -> Problem {
        let holder = match &error {
            UseCaseError::Conflict { holder, .. } => holder.as_ref().map(|person| person.id),
            _ => None,
        };
        let problem = Problem::from(error);
        let Some(person) = holder else {
            return problem;
        };
        match self.reads().person_name(person).await {
            Ok(name) => problem.with("handler", holder_json(person, Some(&name))),
            Err(error) => error.into(),
        }
    }
}

/// A page that cannot be read; a cursor that is not ours is told by its parameter.
pub(super) fn page_problem(error: ProjectionError, parameter: &str) -> Problem {
    match error {
        ProjectionError::Cursor(error) => bad_cursor(error, parameter),
        other => other.into(),
    }
}

fn bad_cursor(error: InvalidCursor, parameter: &str) -> Problem {
    let (code, text) = match error {
        InvalidCursor::Unreadable => (
            "invalid_cursor",
            Text::new(
                "is not a cursor of this server; begin without one",
                "не является курсором этого сервера; начните без него",
            ),
        ),
        InvalidCursor::OldEpoch => (
            "cursor_expired",
            Text::new(
                "is a cursor of before this installation was restored; begin without one",
                "выдан до восстановления из резервной копии; начните без него",
            ),
        ),
    };
    Problem::invalid(vec![FieldError::new(parameter, code, text)])
}

impl From<ProjectionError> for Problem {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::NoSuchProjection(_) => {
                Self::new("not_found").detail(Text::same(error.to_string()))
            }
            ProjectionError::Busy => Self::new("conflict").detail(Text::same(error.to_string())),
            ProjectionError::Cursor(error) => bad_cursor(error, "after"),
            ProjectionError::Log(error) => error.into(),
            ProjectionError::Database(_) | ProjectionError::File(_) | ProjectionError::Stopping => {
                StoreError::Unavailable(error.to_string()).into()
            }
            other => Self::internal(&other),
        }
    }
}
