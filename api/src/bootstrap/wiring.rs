//! Adapters put behind their ports, workers given their ports.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use application::execute::Executor;
use application::inbound::receive::{Receiver, ReceiverConfig};
use application::inbound::worker::{InboundDeps, InboundWorker};
use application::ports::blobs::{BlobHasher, Blobs};
use application::ports::clock::{Clock, IdGenerator};
use application::ports::cloud_api::CloudApi;
use application::ports::directory::Directory;
use application::ports::event_log::EventLog;
use application::ports::hashes::KeyedHashes;
use application::process::{ConversationManager, ManagerDeps};
use application::sending::{SendConfig, Sender, SenderDeps};
use application::tasks::Tasks;
use application::use_cases::bots::Bots;
use application::use_cases::conversations::Conversations;
use application::use_cases::numbers::Numbers;
use application::use_cases::tokens::Tokens;
use infrastructure::cloud_api::{GraphClient, GraphConfig};
use infrastructure::database::blobs::Sha256Hasher;
use infrastructure::database::open::{Database, OpenOptions};
use infrastructure::keys::KeyFiles;
use infrastructure::system::{SystemClock, SystemIds};
use infrastructure::webhook_signature::HmacVerifier;
use projections::Projections;
use secrecy::{ExposeSecret, SecretString};

use super::{DataFolder, Made};
use crate::config::Config;
use crate::rest::App;

/// How often old rows are swept.
const SWEEP: Duration = Duration::from_hours(1);

/// Everything wired, nothing running but the database's writer.
#[derive(Debug)]
pub struct Wired {
    /// What handlers work with.
    pub app: Arc<App>,
    /// Workers: stopped before the writer.
    pub workers: Tasks,
    /// The writer: stopped last.
    pub database: Tasks,
    inbound: InboundDeps,
    manager: ManagerDeps,
    sender: SenderDeps,
    send: SendConfig,
    opened: Arc<Database>,
}

/// Opens keys and databases and wires the parts.
pub(super) async fn wire(
    config: &Arc<Config>,
    address: SocketAddr,
    folder: &DataFolder,
    admin_token: &SecretString,
) -> anyhow::Result<(Wired, Made)> {
    let (workers, database_tasks) = (Tasks::default(), Tasks::default());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds);
    let (keyring, keys_made) =
        KeyFiles::open_or_create(folder.path(), config.encryption_key.clone())?;
    let keyring = Arc::new(keyring);
    let hashes: Arc<dyn KeyedHashes> = Arc::clone(&keyring) as Arc<dyn KeyedHashes>;
    let options = OpenOptions {
        data_dir: folder.path().to_owned(),
        keyring,
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
    };
    let opened = Arc::new(Database::open(options, &database_tasks).await?);
    let (verify_token, verify_token_made) = match &config.verify_token {
        Some(token) => (token.clone(), false),
        None => folder.verify_token()?,
    };
    let log: Arc<dyn EventLog> = Arc::clone(&opened.log) as Arc<dyn EventLog>;
    let directory: Arc<dyn Directory> = Arc::clone(&opened.directory) as Arc<dyn Directory>;
    let blobs: Arc<dyn Blobs> = Arc::clone(&opened.blobs) as Arc<dyn Blobs>;
    let hasher: Arc<dyn BlobHasher> = Arc::new(Sha256Hasher);
    let executor =
        Arc::new(Executor::new(Arc::clone(&log), u64::from(config.cache_mb) * 1024 * 1024));
    let simulator_base = format!("http://{address}/simulator/v25.0");
    let cloud_api: Arc<dyn CloudApi> = Arc::new(GraphClient::new(GraphConfig {
        live_base_url: config.whatsapp_api_url.clone(),
        simulator_base_url: Some(simulator_base.parse().context("the simulator's address")?),
    })?);
    let projections =
        Projections::open(&folder.path().join("read.db"), Arc::clone(&log), &workers).await?;
    let simulator_secret = SecretString::from(hex::encode(
        infrastructure::system::random_bytes::<32>(),
    ));
    let receiver = Receiver::new(
        ReceiverConfig {
            global_secrets: config.app_secrets.clone(),
            simulator_secret: Some(simulator_secret.clone()),
        },
        Arc::clone(&directory),
        Arc::clone(&opened.inbox),
        Arc::clone(&hashes),
        Arc::new(HmacVerifier),
    );
    let app = Arc::new(App {
        config: Arc::clone(config),
        port: address.port(),
        admin_token_hash: hasher.hash(admin_token.expose_secret().as_bytes()).0,
        verify_token: verify_token.clone(),
        receiver,
        numbers: Numbers {
            executor: Arc::clone(&executor),
            directory: Arc::clone(&directory),
            inbox: Arc::clone(&opened.inbox),
            clock: Arc::clone(&clock),
            hashes: Arc::clone(&hashes),
        },
        conversations: Conversations {
            executor: Arc::clone(&executor),
            directory: Arc::clone(&directory),
            outbox: Arc::clone(&opened.outbox),
            cloud_api: Arc::clone(&cloud_api),
            clock: Arc::clone(&clock),
            tasks: workers.clone(),
        },
        bots: Bots {
            executor: Arc::clone(&executor),
            directory: Arc::clone(&directory),
            hasher: Arc::clone(&hasher),
            clock: Arc::clone(&clock),
        },
        tokens: Tokens {
            executor: Arc::clone(&executor),
            clock: Arc::clone(&clock),
            hasher: Arc::clone(&hasher),
        },
        directory: Arc::clone(&directory),
        inbox: Arc::clone(&opened.inbox),
        outbox: Arc::clone(&opened.outbox),
        idempotency: Arc::clone(&opened.idempotency),
        log,
        projections,
        ids: Arc::clone(&ids),
        hasher,
        is_ready: AtomicBool::new(false),
    });
    let made = Made {
        key_files: keys_made.files,
        verify_token: verify_token_made.then_some(verify_token),
    };
    let inbound = InboundDeps {
        inbox: Arc::clone(&opened.inbox),
        outbox: Arc::clone(&opened.outbox),
        directory: Arc::clone(&directory),
        hashes: Arc::clone(&hashes),
        executor: Arc::clone(&executor),
        clock: Arc::clone(&clock),
        ids,
    };
    let manager = ManagerDeps {
        executor: Arc::clone(&executor),
        store: Arc::clone(&opened.process),
        outbox: Arc::clone(&opened.outbox),
        directory: Arc::clone(&directory),
        blobs,
        cloud_api: Arc::clone(&cloud_api),
        clock: Arc::clone(&clock),
        tasks: workers.clone(),
        session_expiry_seconds: i64::from(config.session_expiry_hours) * 3600,
    };
    let sender = SenderDeps {
        executor,
        outbox: Arc::clone(&opened.outbox),
        directory,
        cloud_api,
        hashes,
        clock,
        tasks: workers.clone(),
        failure_code: application::meta_errors::failure_code,
    };
    let send = SendConfig { timeout_seconds: config.send_timeout_seconds, ..SendConfig::default() };
    let wired = Wired {
        app,
        workers,
        database: database_tasks,
        inbound,
        manager,
        sender,
        send,
        opened,
    };
    Ok((wired, made))
}

impl Wired {
    /// Starts the workers.
    pub(super) fn start(&self) {
        let stop = self.workers.stop().clone();
        self.app.projections.start();
        let inbound = InboundWorker::new(self.inbound.clone());
        let inbound_stop = stop.clone();
        self.workers.spawn(async move { inbound.run(inbound_stop).await });
        let manager = ConversationManager::new(self.manager.clone());
        self.workers.spawn(manager.run(stop.clone()));
        let sender = Sender::new(self.sender.clone(), self.send);
        let sender_stop = stop.clone();
        self.workers.spawn(async move { sender.run(sender_stop).await });
        self.workers.spawn(sweep(Arc::clone(&self.opened), stop));
    }
}

/// Drops what has served its time: old bodies, orphans, remembered commands.
async fn sweep(database: Arc<Database>, stop: tokio_util::sync::CancellationToken) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = database.inbox.sweep().await {
            tracing::warn!(error = %error, "old rows could not be swept");
        }
        if let Err(error) = database.purge_commands.run().await {
            tracing::warn!(error = %error, "old commands could not be purged");
        }
    }
}
