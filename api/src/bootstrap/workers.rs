//! What works while the server runs: the inbox's handler, the conversation manager, the sender, the publisher
//! where NATS is set, and the broom. Read models are not here: they also run for single commands.
//!
//! Where there are several nodes, each of these does what this node has a lease for. Everything else that runs
//! in the background is of one process alone: presence, the simulator, the settling after a restore at the start
//! (whose commits exclude each other).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use application::inbound::worker::{InboundDeps, InboundWorker};
use application::meta_errors::failure_code;
use application::ports::inbox::Release;
use application::ports::leases::{Offer, Work};
use application::process::{ConversationManager, ManagerDeps};
use application::publishing::{Publisher, PublisherDeps};
use application::sending::{SendConfig, Sender, SenderDeps};
use application::tasks::Tasks;
use application::use_cases::exports::Exports;
use infrastructure::nats::Nats;

use super::parts::Parts;
use crate::config::Config;

/// Old bodies, keys and commands are swept this often.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// Starts all workers on `tasks`.
pub(super) fn start(parts: &Parts, exports: &Arc<Exports>, config: &Config, tasks: &Tasks) {
    let stop = tasks.stop().clone();
    let inbound = InboundWorker::new(InboundDeps {
        inbox: Arc::clone(&parts.inbox),
        outbox: Arc::clone(&parts.outbox),
        directory: Arc::clone(&parts.directory),
        hashes: Arc::clone(&parts.hashes),
        executor: Arc::clone(&parts.executor),
        leases: Arc::clone(&parts.leases),
        clock: Arc::clone(&parts.clock),
        ids: Arc::clone(&parts.ids),
    });
    let inbound_stop = stop.clone();
    tasks.spawn(async move { inbound.run(inbound_stop).await });

    let manager = ConversationManager::new(ManagerDeps {
        executor: Arc::clone(&parts.executor),
        store: Arc::clone(&parts.process),
        outbox: Arc::clone(&parts.outbox),
        directory: Arc::clone(&parts.directory),
        blobs: Arc::clone(&parts.blobs),
        cloud_api: Arc::clone(&parts.cloud_api),
        clock: Arc::clone(&parts.clock),
        leases: Arc::clone(&parts.leases),
        progress: Arc::clone(&parts.progress),
        tasks: tasks.clone(),
        session_expiry_seconds: i64::from(config.session_expiry_hours) * 3600,
    });
    tasks.spawn(manager.run(stop.clone()));

    let deps = SenderDeps {
        executor: Arc::clone(&parts.executor),
        outbox: Arc::clone(&parts.outbox),
        directory: Arc::clone(&parts.directory),
        cloud_api: Arc::clone(&parts.cloud_api),
        hashes: Arc::clone(&parts.hashes),
        clock: Arc::clone(&parts.clock),
        leases: Arc::clone(&parts.leases),
        tasks: tasks.clone(),
        failure_code,
    };
    let send_config = SendConfig {
        timeout_seconds: config.send_timeout_seconds,
        number_rate_per_second: config.number_rate,
        ..SendConfig::default()
    };
    let sender = Sender::new(deps, send_config);
    let sender_stop = stop.clone();
    tasks.spawn(async move { sender.run(sender_stop).await });

    start_publishing(parts, exports, config, tasks);

    let (inbox, clock) = (Arc::clone(&parts.inbox), Arc::clone(&parts.clock));
    let commands = parts.purge_commands.clone();
    let leases = Arc::clone(&parts.leases);
    leases.offer(BTreeSet::from([
        Offer::Numbers,
        Offer::Shards,
        Offer::Chores,
    ]));
    tasks.spawn(async move {
        let mut every = tokio::time::interval(SWEEP_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = every.tick() => {}
            }
            // One node sweeps. Two would do no harm, only the work twice; a round that falls between two owners
            // is made up for by the next one.
            let Some(_permit) = leases.enter(Work::Chores) else {
                continue;
            };
            let version = Release::ForVersion(env!("CARGO_PKG_VERSION").to_owned());
            match inbox.release(version).await {
                Ok(0) => {}
                Ok(items) => tracing::info!(items, "held items are looked at by this version"),
                Err(error) => tracing::error!(%error, "held items could not be released"),
            }
            let swept = inbox.sweep().await;
            let purged = commands.purge(clock.now()).await;
            if let Err(error) = swept.and(purged.map(drop)) {
                tracing::error!(%error, "old rows could not be swept; trying again in an hour");
            }
        }
    });
}

/// Publishes events where an address is set; otherwise this node does not take part in it.
fn start_publishing(parts: &Parts, exports: &Arc<Exports>, config: &Config, tasks: &Tasks) {
    let Some(nats) = &config.nats else { return };
    tracing::info!(address = %nats.address, stream = %nats.stream, "events are published to NATS");
    let publisher = Publisher::new(PublisherDeps {
        exports: Arc::clone(exports),
        broker: Arc::new(Nats::new(nats.address.clone(), nats.stream.clone())),
        marks: Arc::clone(&parts.published),
        leases: Arc::clone(&parts.leases),
        personal: nats.personal,
    });
    parts.leases.offer(BTreeSet::from([Offer::Publishing]));
    let stop = tasks.stop().clone();
    tasks.spawn(async move { publisher.run(stop).await });
}
