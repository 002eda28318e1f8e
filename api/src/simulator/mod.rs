//! A phone and a Cloud API of our own: customers write to simulated numbers, webhooks come with real
//! signatures over the same HTTP paths as Meta's, answers go to a Cloud API that answers like Meta's.
//!
//! The product mounts it for numbers of kind `simulated`; the crash tests run the same code as a process of
//! its own, with books on disk and faults. Absent on purpose: media, templates, billing, and any way to a
//! real person.

pub mod behavior;
pub mod chance;
pub mod control;
mod counters;
mod customer;
pub mod cut;
mod deliveries;
pub mod demo;
pub mod fault;
mod graph;
mod graph_error;
mod graph_request;
pub mod ledger;
mod meta;
mod pairs;
mod payload;
mod phone;
mod phone_api;
mod phones;
pub mod product;
mod taken;
pub mod terminal;
mod wamid;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use application::ports::clock::Clock;
use application::tasks::Tasks;
use axum::Router;
use secrecy::SecretString;
use url::Url;

pub use self::counters::CounterValues;
pub use self::customer::Act;
pub use self::meta::{BusinessNumbers, SimulatedMeta};
pub use self::phone::{Author, Bubble, Profile, Screen, ShownButton, Ticks, bsuid};

use self::behavior::Behavior;
use self::chance::Chance;
use self::deliveries::Deliveries;
use self::fault::{FaultPlan, Faults};
use self::ledger::{Ledger, LedgerError};
use self::wamid::Wamids;

/// Time a webhook may take before it counts as not delivered.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// What a simulator needs.
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    /// Where webhooks go.
    pub callback: Url,
    /// The app secret that signs them.
    pub secret: SecretString,
    /// Folder of the ledgers; in memory where none is given.
    pub ledger: Option<PathBuf>,
    /// Seed of everything that happens by chance.
    pub seed: u64,
    /// How it behaves.
    pub behavior: Behavior,
    /// What fails.
    pub faults: FaultPlan,
}

/// Why a simulator does not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The ledgers.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The client that delivers webhooks.
    #[error("the simulator's HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
    /// The callback.
    #[error("the simulator has no address to deliver to")]
    Callback(#[from] url::ParseError),
}

/// A running simulator.
#[derive(Clone, Debug)]
pub struct Simulator {
    meta: Arc<SimulatedMeta>,
}

impl Simulator {
    /// Starts delivering.
    ///
    /// # Errors
    /// [`SimulatorError`].
    pub fn start(
        config: SimulatorConfig,
        numbers: Arc<dyn BusinessNumbers>,
        clock: Arc<dyn Clock>,
        tasks: &Tasks,
    ) -> Result<Self, SimulatorError> {
        // Whoever comes second finds the same provider installed.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(WEBHOOK_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let meta = Arc::new(SimulatedMeta {
            ledger: Ledger::open(config.ledger.as_deref())?,
            wamids: Wamids::new(clock.now()),
            faults: Mutex::new(Faults::new(config.faults, config.seed)),
            chance: Mutex::new(Chance::new(config.seed)),
            callback: RwLock::new(config.callback),
            behavior: RwLock::new(config.behavior),
            secret: config.secret,
            tasks: tasks.clone(),
            deliveries: Deliveries::default(),
            counters: counters::Counters::default(),
            pairs: Mutex::default(),
            arrivals: std::sync::atomic::AtomicU64::new(0),
            quiets: std::sync::atomic::AtomicU64::new(0),
            phones: Mutex::default(),
            numbers,
            clock,
            client,
        });
        tasks.spawn(deliveries::run(Arc::clone(&meta)));
        Ok(Self { meta })
    }

    /// What it does and knows.
    pub const fn meta(&self) -> &Arc<SimulatedMeta> {
        &self.meta
    }

    /// The Cloud API: `POST /{version}/{phone_number_id}/messages`. It checks the number's access token.
    pub fn graph_router(&self) -> Router {
        graph::router(Arc::clone(&self.meta))
    }

    /// The phones: `/phone/{phone_number_id}/{wa_id}/messages`. Whoever mounts this decides who may use it.
    pub fn phone_router(&self) -> Router {
        phone_api::router(Arc::clone(&self.meta))
    }

    /// Load, faults, counters: for tests only, never mounted by the product.
    pub fn control_router(&self) -> Router {
        control::router(Arc::clone(&self.meta))
    }
}

/// A lock's content; whoever panicked while holding it left nothing half-done that matters here.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
