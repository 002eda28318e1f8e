//! What all requests share: use cases and ports, put together from the opened parts. Absent on purpose:
//! anything that runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use application::inbound::receive::{Receiver, ReceiverConfig};
use application::tasks::Tasks;
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
use infrastructure::backup::Backups;
use infrastructure::webhook_signature::HmacVerifier;
use secrecy::SecretString;

use super::parts::Parts;
use crate::config::Config;
use crate::rest::App;

/// The state that all requests share, from the parts behind ports.
pub(super) fn assemble(
    config: &Arc<Config>,
    parts: &Parts,
    addr: SocketAddr,
    admin_token: &str,
    verify_token: SecretString,
    simulator_secret: Option<SecretString>,
    (http, work): (&Tasks, &Tasks),
) -> App {
    let executor = &parts.executor;
    let receiver = Receiver::new(
        ReceiverConfig {
            global_secrets: config.app_secrets.clone(),
            simulator_secret,
        },
        Arc::clone(&parts.directory),
        Arc::clone(&parts.inbox),
        Arc::clone(&parts.hashes),
        Arc::new(HmacVerifier),
    );
    App {
        config: Arc::clone(config),
        port: addr.port(),
        admin_token_hash: parts.hasher.hash(admin_token.as_bytes()).0,
        verify_token,
        receiver,
        numbers: Numbers {
            executor: Arc::clone(executor),
            directory: Arc::clone(&parts.directory),
            inbox: Arc::clone(&parts.inbox),
            clock: Arc::clone(&parts.clock),
            hashes: Arc::clone(&parts.hashes),
        },
        conversations: Conversations {
            executor: Arc::clone(executor),
            directory: Arc::clone(&parts.directory),
            outbox: Arc::clone(&parts.outbox),
            cloud_api: Arc::clone(&parts.cloud_api),
            clock: Arc::clone(&parts.clock),
            tasks: work.clone(),
        },
        contacts: Contacts {
            executor: Arc::clone(executor),
            clock: Arc::clone(&parts.clock),
        },
        settings: Settings {
            executor: Arc::clone(executor),
            directory: Arc::clone(&parts.directory),
            clock: Arc::clone(&parts.clock),
        },
        quick_replies: QuickReplies {
            executor: Arc::clone(executor),
            clock: Arc::clone(&parts.clock),
        },
        saved_views: SavedViews {
            executor: Arc::clone(executor),
            clock: Arc::clone(&parts.clock),
        },
        presence: Presence::new(Arc::clone(&parts.clock)),
        bots: Bots {
            executor: Arc::clone(executor),
            directory: Arc::clone(&parts.directory),
            hasher: Arc::clone(&parts.hasher),
            clock: Arc::clone(&parts.clock),
        },
        tokens: Tokens {
            executor: Arc::clone(executor),
            clock: Arc::clone(&parts.clock),
            hasher: Arc::clone(&parts.hasher),
        },
        exports: Arc::new(Exports {
            log: Arc::clone(&parts.log),
            stored: Arc::clone(&parts.stored),
            hashes: Arc::clone(&parts.hashes),
        }),
        outbound: Outbound {
            executor: Arc::clone(executor),
            outbox: Arc::clone(&parts.outbox),
            clock: Arc::clone(&parts.clock),
        },
        backups: Arc::new(Backups::new(
            &config.data_dir,
            config.server.as_ref(),
            env!("CARGO_PKG_VERSION"),
            Arc::clone(&parts.clock),
        )),
        directory: Arc::clone(&parts.directory),
        blobs: Arc::clone(&parts.blobs),
        inbox: Arc::clone(&parts.inbox),
        leases: Arc::clone(&parts.leases),
        outbox: Arc::clone(&parts.outbox),
        idempotency: Arc::clone(&parts.idempotency),
        log: Arc::clone(&parts.log),
        projections: Arc::clone(&parts.projections),
        progress: Arc::clone(&parts.progress),
        started: Instant::now(),
        started_at: parts.clock.now(),
        ids: Arc::clone(&parts.ids),
        hasher: Arc::clone(&parts.hasher),
        closing: http.stop().clone(),
        is_ready: AtomicBool::new(false),
    }
}
