//! The concrete adapters behind the ports, opened in order: keys, log, read models, Cloud API.

use std::sync::Arc;

use application::execute::Executor;
use application::ports::blobs::{BlobHasher, Blobs};
use application::ports::clock::{Clock, IdGenerator};
use application::ports::cloud_api::CloudApi;
use application::ports::directory::Directory;
use application::ports::event_log::EventLog;
use application::ports::hashes::KeyedHashes;
use application::ports::idempotency::IdempotencyKeys;
use application::ports::inbox::Inbox;
use application::ports::leases::Leases;
use application::ports::outbox::Outbox;
use application::ports::process_store::ProcessStore;
use application::ports::published_marks::PublishedMarks;
use application::ports::stored_events::StoredEvents;
use application::process::Progress;
use application::tasks::Tasks;
use infrastructure::cloud_api::{GraphClient, GraphConfig};
use infrastructure::database::blobs::Sha256Hasher;
use infrastructure::database::log::PurgeCommands;
use infrastructure::database::{Database, Location, OpenOptions};
use infrastructure::keys::{KeyFiles, KeysMade};
use infrastructure::system::{SystemClock, SystemIds};
use projections::{Location as ReadLocation, Projections};
use url::Url;

use super::{StartError, private_file};
use crate::config::Config;

/// Everything behind ports.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) log: Arc<dyn EventLog>,
    pub(super) stored: Arc<dyn StoredEvents>,
    pub(super) executor: Arc<Executor>,
    pub(super) directory: Arc<dyn Directory>,
    pub(super) blobs: Arc<dyn Blobs>,
    pub(super) inbox: Arc<dyn Inbox>,
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) process: Arc<dyn ProcessStore>,
    pub(super) leases: Arc<dyn Leases>,
    pub(super) idempotency: Arc<dyn IdempotencyKeys>,
    pub(super) published: Arc<dyn PublishedMarks>,
    pub(super) progress: Arc<Progress>,
    pub(super) hashes: Arc<dyn KeyedHashes>,
    pub(super) hasher: Arc<dyn BlobHasher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    pub(super) cloud_api: Arc<dyn CloudApi>,
    pub(super) projections: Arc<Projections>,
    pub(super) purge_commands: PurgeCommands,
    /// Key files that were made just now.
    pub(super) keys_made: KeysMade,
}

impl Parts {
    /// Opens all of them; the store's tasks run on `tasks`.
    pub(super) async fn open(
        config: &Config,
        simulator_base_url: Option<Url>,
        tasks: &Tasks,
    ) -> Result<Self, StartError> {
        let data_dir = config.data_dir.clone();
        let key = config.encryption_key.clone();
        // A passphrase takes Argon2id some tenths of a second.
        let opened =
            tokio::task::spawn_blocking(move || KeyFiles::open_or_create(&data_dir, key)).await?;
        let (keyring, keys_made) = opened?;
        let keyring = Arc::new(keyring);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds);
        let options = OpenOptions {
            location: match &config.server {
                Some(server) => Location::Server(server.clone()),
                None => Location::Folder(config.data_dir.clone()),
            },
            keyring: Arc::clone(&keyring),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
        };
        let database = Database::open(options, tasks).await?;
        let stored: Arc<dyn StoredEvents> = Arc::clone(&database.log) as _;
        let log: Arc<dyn EventLog> = database.log;
        let leases = Arc::clone(&database.leases);
        let projections =
            Projections::open(read_models(config)?, Arc::clone(&log), leases, tasks).await?;
        let cache_bytes = u64::from(config.cache_mb) * 1024 * 1024;
        let cloud_api = GraphClient::new(GraphConfig {
            live_base_url: config.whatsapp_api_url.clone(),
            simulator_base_url,
        })?;
        Ok(Self {
            executor: Arc::new(Executor::new(Arc::clone(&log), cache_bytes)),
            log,
            stored,
            directory: database.directory,
            blobs: database.blobs,
            inbox: database.inbox,
            outbox: database.outbox,
            process: database.process,
            leases: database.leases,
            idempotency: database.idempotency,
            published: database.published,
            progress: Arc::default(),
            hashes: keyring,
            hasher: Arc::new(Sha256Hasher),
            clock,
            ids,
            cloud_api: Arc::new(cloud_api),
            projections,
            purge_commands: database.purge_commands,
            keys_made,
        })
    }
}

/// Where the read models are: with the log on a server, else in a file of their own that is the owner's alone.
fn read_models(config: &Config) -> Result<ReadLocation, StartError> {
    if let Some(server) = &config.server {
        return Ok(ReadLocation::Server(server.clone()));
    }
    let path = config.data_dir.join("read.db");
    // SQLite gives the files beside it the same mode.
    private_file::ensure(&path).map_err(|error| StartError::Folder {
        path: path.clone(),
        error,
    })?;
    Ok(ReadLocation::File(path))
}
