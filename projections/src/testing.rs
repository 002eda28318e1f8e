//! A log held in memory and a life of a salon's customer as events, for the tests of this crate.

use std::sync::{Arc, Mutex};

use application::ports::StoreError;
use application::ports::event_log::{
    Commit, CommitError, Committed, EventLog, Metadata, RecordedEvent, StreamId,
};
use application::ports::leases::Alone;
use application::tasks::Tasks;
use async_trait::async_trait;
use domain::any_event::{AnyEvent, aggregate_type};
use domain::api_token::{ApiTokenEvent, Role};
use domain::bot::BlobHash;
use domain::bot_session::BotSessionEvent;
use domain::contact::{ContactEvent, Identity};
use domain::conversation::{
    Author, ConversationEvent, Handler, Person, PersonKind, QueuedMessage, ReceivedMessage,
};
use domain::ids::{
    BotId, CommandId, ContactId, ConversationId, MessageId, NumberId, SessionId, TokenId,
};
use domain::message::{Content, MessageType};
use domain::time::Timestamp;
use infrastructure::database::db::{Connection, Server};
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::runner::{Location, Projection, Projections};

#[expect(
    unreachable_pub,
    dead_code,
    reason = "the file belongs to the package `tests`, which cannot be a dependency of this one"
)]
#[path = "../../tests/src/private_postgres.rs"]
mod private_postgres;

use private_postgres::PrivatePostgres;

/// 2026-11-22T10:15:30Z.
pub(crate) const NOON: i64 = 1_795_342_530;

/// Seconds after [`NOON`].
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOON + seconds)
}

/// A readable uuid.
pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A log in a vector.
#[derive(Debug, Default)]
pub(crate) struct VecLog {
    events: Mutex<Vec<Arc<RecordedEvent>>>,
    /// How often it was restored: each time begins another epoch.
    restored: u128,
    grown: Notify,
}

impl VecLog {
    /// A log that begins another epoch, as one that was restored does.
    pub(crate) fn restored() -> Self {
        Self {
            restored: 1,
            ..Self::default()
        }
    }

    /// Records an event of a stream.
    pub(crate) fn push(&self, aggregate_type: &'static str, id: Uuid, data: impl Into<AnyEvent>) {
        let mut events = self.events.lock().unwrap();
        let position = events.len() as u64 + 1;
        events.push(Arc::new(RecordedEvent {
            position,
            stream: StreamId { aggregate_type, id },
            sequence: position,
            event_type: "Test".to_owned(),
            event_version: "1".to_owned(),
            data: data.into(),
            metadata: Metadata::default(),
            command_id: CommandId::new(uuid(1)),
            recorded_at: at(0),
            subject: None,
            lane: 0,
        }));
        drop(events);
        self.grown.notify_waiters();
    }

    /// All events.
    pub(crate) fn all(&self) -> Vec<Arc<RecordedEvent>> {
        self.events.lock().unwrap().clone()
    }

    pub(crate) fn conversation(&self, id: u128, data: ConversationEvent) {
        self.push(aggregate_type::CONVERSATION, uuid(id), data);
    }

    /// A customer with a name and a number, and a conversation with number 1.
    pub(crate) fn customer(&self, id: u128, name: &str, username: Option<&str>, wa_id: &str) {
        let contact = ContactId::new(uuid(id));
        let registered = ContactEvent::Registered {
            contact,
            at: at(0),
            provider_at: at(0),
            personal: Identity {
                wa_id: Some(wa_id.to_owned()),
                profile_name: Some(name.to_owned()),
                username: username.map(str::to_owned),
                ..Identity::default()
            }
            .into(),
        };
        self.push(aggregate_type::CONTACT, uuid(id), registered);
        let number = NumberId::new(uuid(1));
        self.conversation(
            id,
            ConversationEvent::Started {
                at: at(0),
                number,
                contact,
            },
        );
    }

    /// A token that an operator works with.
    pub(crate) fn token(&self, id: u128, name: &str) {
        let made = ApiTokenEvent::Made {
            at: at(0),
            name: name.to_owned(),
            role: Role::Agent,
            hash: "00".to_owned(),
            expires_at: None,
        };
        self.push(aggregate_type::API_TOKEN, uuid(id), made);
    }

    /// A text of the customer, which came and was written at these seconds.
    pub(crate) fn received(&self, id: u128, message: u128, received: i64, written: i64) {
        self.conversation(
            id,
            ConversationEvent::MessageReceived {
                message: MessageId::new(uuid(message)),
                received_at: at(received),
                provider_at: at(written),
                message_type: MessageType::Text,
                reply_to: None,
                handler: Handler::Nobody,
                epoch: 0,
                personal: ReceivedMessage {
                    content: Content::text(format!("in {message}")),
                    wamid: format!("wamid.{message}"),
                    quote: None,
                    referral: None,
                    group_id: None,
                }
                .into(),
            },
        );
    }

    /// A text of an operator.
    pub(crate) fn queued(&self, id: u128, message: u128, seconds: i64) {
        self.conversation(
            id,
            ConversationEvent::MessageQueued {
                message: MessageId::new(uuid(message)),
                at: at(seconds),
                author: Author::Person(olga()),
                epoch: 1,
                message_type: MessageType::Text,
                reply_to: None,
                repeats: None,
                personal: QueuedMessage {
                    content: Content::text(format!("out {message}")),
                    reply_to_wamid: None,
                }
                .into(),
            },
        );
    }
}

/// A run of a bot in a conversation.
pub(crate) fn session_started(conversation: u128, bot: u128) -> BotSessionEvent {
    BotSessionEvent::Started {
        session: SessionId::new(uuid(31)),
        at: at(1),
        conversation: conversation_id(conversation),
        contact: ContactId::new(uuid(conversation)),
        number: NumberId::new(uuid(1)),
        bot: BotId::new(uuid(bot)),
        version: 3,
        definition: BlobHash("00".to_owned()),
        epoch: 1,
        trigger: None,
    }
}

/// The operator whose token [`VecLog::token`] makes as 77.
pub(crate) fn olga() -> Person {
    Person {
        id: TokenId::new(uuid(77)),
        kind: PersonKind::Operator,
    }
}

pub(crate) fn conversation_id(id: u128) -> ConversationId {
    ConversationId::new(uuid(id))
}

pub(crate) fn message_id(id: u128) -> MessageId {
    MessageId::new(uuid(id))
}

#[async_trait]
impl EventLog for VecLog {
    async fn append(&self, _commit: Commit) -> Result<Committed, CommitError> {
        Err(StoreError::Overloaded.into())
    }

    async fn read_stream(
        &self,
        _stream: StreamId,
        _after_version: u64,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
        Err(StoreError::Overloaded)
    }

    async fn stream_version(&self, _stream: StreamId) -> Result<u64, StoreError> {
        Err(StoreError::Overloaded)
    }

    async fn find_command(
        &self,
        _stream: StreamId,
        _command: CommandId,
    ) -> Result<Option<Committed>, StoreError> {
        Err(StoreError::Overloaded)
    }

    async fn read_at(&self, position: u64) -> Result<Option<Arc<RecordedEvent>>, StoreError> {
        Ok(self.read_after(position - 1, 1).await?.pop())
    }

    async fn read_after(
        &self,
        position: u64,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, StoreError> {
        let events = self.events.lock().unwrap();
        let from = usize::try_from(position).unwrap().min(events.len());
        Ok(events[from..].iter().take(limit).cloned().collect())
    }

    async fn wait_beyond(&self, position: u64) {
        let grown = self.grown.notified();
        if self.head() <= position {
            grown.await;
        }
    }

    fn head(&self) -> u64 {
        self.events.lock().unwrap().len() as u64
    }

    fn epoch(&self) -> Uuid {
        uuid(9 + self.restored)
    }
}

/// Where the read models of a test are.
#[derive(Debug)]
pub(crate) enum Home {
    /// A file.
    File(tempfile::TempDir),
    /// A server of this test alone.
    Server(PrivatePostgres),
}

impl Home {
    fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    pub(crate) fn location(&self) -> Location {
        match self {
            Self::File(folder) => Location::File(folder.path().join("read.db")),
            Self::Server(server) => {
                Location::Server(Server::parse(&server.url("postgres")).unwrap())
            }
        }
    }
}

impl Home {
    /// A connection to nothing yet: a database in memory, or the server's.
    pub(crate) async fn connection(&self) -> Connection {
        match self.location() {
            Location::File(_) => SqliteConnection::connect("sqlite::memory:")
                .await
                .unwrap()
                .into(),
            Location::Server(server) => server.connect().await.unwrap(),
        }
    }
}

/// A home on each database that is here.
pub(crate) fn homes() -> Vec<Home> {
    let server = PrivatePostgres::start().unwrap().map(Home::Server);
    [Home::file()].into_iter().chain(server).collect()
}

/// Read models with a home of their own, stepped by hand.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) log: Arc<VecLog>,
    pub(crate) home: Home,
    pub(crate) projections: Arc<Projections>,
}

impl Lab {
    pub(crate) async fn new() -> Self {
        Self::with(crate::statements::all_projections()).await
    }

    pub(crate) async fn with(known: Vec<Arc<dyn Projection>>) -> Self {
        Self::at(Home::file(), known).await
    }

    pub(crate) async fn at(home: Home, known: Vec<Arc<dyn Projection>>) -> Self {
        let log = Arc::new(VecLog::default());
        let projections = open(&home, &log, known).await;
        Self {
            log,
            home,
            projections,
        }
    }

    /// Opens the same place again, as after a restart.
    pub(crate) async fn reopen(&mut self, known: Vec<Arc<dyn Projection>>) {
        self.projections = open(&self.home, &self.log, known).await;
    }

    /// Applies everything there is.
    pub(crate) async fn catch_up(&self) {
        while self.projections.step().await.unwrap() {}
    }
}

/// Opens the read models of a place as a process does.
pub(crate) async fn open(
    home: &Home,
    log: &Arc<VecLog>,
    known: Vec<Arc<dyn Projection>>,
) -> Arc<Projections> {
    let log: Arc<dyn EventLog> = Arc::<VecLog>::clone(log);
    let leases = Arc::new(Alone::default());
    Projections::open_with(home.location(), log, (leases, &Tasks::default()), known)
        .await
        .unwrap()
}
