//! Starts and stops a server: the only place that names concrete adapters.
//!
//! Order of the start: lock, keys, stores, port, `run.json`, workers, ready. Of the stop: not ready,
//! requests drained, workers, stores, `run.json` and lock.

mod app;
mod data_lock;
mod error;
mod event_file;
mod listeners;
mod log_seen;
mod parts;
mod private_file;
pub mod random;
pub mod run_file;
pub(crate) mod verify_token;
mod workers;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use application::ports::StoreError;
use application::ports::leases::{Leases, Membership, Role};
use application::sending::declare_unknown_through;
use application::tasks::Tasks;
use application::use_cases::tokens::token_text;
use application::use_cases::{Request as UseCaseRequest, UseCaseError};
use axum::ServiceExt;
use axum::extract::Request;
use axum::serve::ListenerExt;
use secrecy::SecretString;

pub use data_lock::DataLock;
pub use error::StartError;
pub(crate) use event_file::begin_event_file;

use self::listeners::{listen, local_address, serve_metrics};
use self::log_seen::LogSeen;
use self::parts::Parts;
use self::run_file::RunFile;
use crate::config::{Config, SimulatorMode};
use crate::rest::{self, App};
use crate::simulator::demo::{self, Demo};
use crate::simulator::product::{self, SimulatedNumbers};
use crate::simulator::{Simulator, SimulatorError};
use crate::vitals;

/// Requests under way get this long at a stop.
const DRAIN: Duration = Duration::from_secs(20);
/// Workers get this long beyond an attempt's longest time, so that an attempt under way ends on record.
const WORK_END: Duration = Duration::from_secs(10);
/// Stores get this long.
const STORE_END: Duration = Duration::from_secs(10);

/// A running server.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Where metrics need no token, if anywhere.
    pub metrics_addr: Option<SocketAddr>,
    /// A token that counts as an admin's while it runs.
    pub admin_token: SecretString,
    /// The verify token, if it was made at this start.
    pub new_verify_token: Option<SecretString>,
    /// Key files that were made at this start.
    pub keys_made: Vec<PathBuf>,
    /// The demo, if this start made it.
    pub new_demo: Option<Demo>,
    app: Arc<App>,
    http: Tasks,
    work: Tasks,
    store: Tasks,
    leases: Arc<dyn Leases>,
    // Dropped in this order: the file goes before the lock does.
    _run_file: Option<RunFile>,
    _lock: DataLock,
}

/// Starts a server.
///
/// # Errors
/// [`StartError`]; each case says what to do.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let lock = take_lock(&config)?;
    start_locked(config, lock, Purpose::Serve).await
}

/// Starts what one command needs, on a free loopback port: no workers, no `run.json`.
///
/// # Errors
/// [`StartError`].
pub async fn start_for_command(config: Config, lock: DataLock) -> Result<Running, StartError> {
    let config = Config {
        host: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        metrics_addr: None,
        ..config
    };
    start_locked(config, lock, Purpose::Command).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Serve,
    Command,
}

fn take_lock(config: &Config) -> Result<DataLock, StartError> {
    let taken = DataLock::take(&config.data_dir).map_err(|error| folder_error(config, error))?;
    taken.ok_or_else(|| StartError::Locked(config.data_dir.clone()))
}

fn folder_error(config: &Config, error: std::io::Error) -> StartError {
    StartError::Folder {
        path: config.data_dir.clone(),
        error,
    }
}

async fn start_locked(
    config: Config,
    lock: DataLock,
    purpose: Purpose,
) -> Result<Running, StartError> {
    rest::metrics::install();
    let listener = listen(SocketAddr::new(config.host, config.port)).await?;
    let addr = listener
        .local_addr()
        .map_err(|error| folder_error(&config, error))?;
    let (http, work, store) = (Tasks::default(), Tasks::default(), Tasks::default());
    let simulates = purpose == Purpose::Serve && config.simulator != SimulatorMode::Off;
    let graph_url = simulates
        .then(|| product::graph_base_url(addr))
        .transpose()?;
    let parts = Parts::open(&config, graph_url, &store).await?;
    parts.leases.join(membership(&config, purpose));
    let seen = match &config.server {
        Some(_) => Some(LogSeen::compare(&config.data_dir, &parts.log)?),
        None => None,
    };
    settle_restored(&parts).await?;
    // Made anew at each start: nothing outside this process signs for simulated numbers.
    let simulator_secret = if simulates {
        Some(SecretString::from(token_text(&random::bytes()?)))
    } else {
        None
    };
    let simulator = match &simulator_secret {
        Some(secret) => Some(simulator(&config, &parts, addr, secret, &work)?),
        None => None,
    };
    let admin_token = token_text(&random::bytes()?);
    let verify = match purpose {
        Purpose::Serve => {
            verify_token::open_or_make(&config.data_dir, config.verify_token.as_ref())
                .map_err(|error| folder_error(&config, error))?
        }
        // Nobody verifies a webhook with a server that lives for one command.
        Purpose::Command => verify_token::VerifyToken {
            token: SecretString::from(token_text(&random::bytes()?)),
            is_new: false,
        },
    };
    let config = Arc::new(config);
    let app = Arc::new(app::assemble(
        &config,
        &parts,
        addr,
        &admin_token,
        verify.token.clone(),
        simulator_secret,
        (&http, &work),
    ));
    parts
        .projections
        .start()
        .map_err(|error| folder_error(&config, error))?;
    let server = axum::serve(
        listener.tap_io(|stream| {
            // Answers are small: waiting to fill a packet would only delay them.
            let _ = stream.set_nodelay(true);
        }),
        ServiceExt::<Request>::into_make_service(rest::service(
            Arc::clone(&app),
            simulator.as_ref(),
        )),
    )
    .with_graceful_shutdown(http.stop().clone().cancelled_owned());
    http.spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the server ended");
        }
    });
    let metrics_addr = match config.metrics_addr {
        Some(address) => Some(serve_metrics(address, &http).await?),
        None => None,
    };
    let new_demo = if simulates && demo::is_first_start(&config, parts.directory.as_ref()) {
        make_demo(&app).await
    } else {
        None
    };
    let run_file = match purpose {
        Purpose::Command => None,
        Purpose::Serve => {
            workers::start(&parts, &app.exports, &config, &work);
            if let Some(seen) = seen {
                seen.keep(&work);
            }
            app.presence.keep_swept(&work);
            vitals::keep_shown(&app, &work);
            let file = RunFile::write(&config.data_dir, &local_address(addr), &admin_token);
            Some(file.map_err(|error| folder_error(&config, error))?)
        }
    };
    app.is_ready.store(true, Ordering::Relaxed);
    Ok(Running {
        addr,
        metrics_addr,
        admin_token: SecretString::from(admin_token),
        new_verify_token: verify.is_new.then_some(verify.token),
        keys_made: parts.keys_made.files,
        new_demo,
        app,
        http,
        work,
        store,
        leases: Arc::clone(&parts.leases),
        _run_file: run_file,
        _lock: lock,
    })
}

impl Running {
    /// Address of the server on this machine.
    pub fn address(&self) -> String {
        local_address(self.addr)
    }

    /// The server's state, for tests that look inside.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Makes the demo where it is not there.
    ///
    /// # Errors
    /// As [`demo::ensure`].
    pub async fn make_demo(&self) -> Result<Demo, UseCaseError> {
        let request = UseCaseRequest::new(self.app.ids.next(), "cli");
        demo::ensure(&self.app.numbers, &self.app.bots, &request).await
    }

    /// How long a stop takes at most.
    pub fn longest_stop(&self) -> Duration {
        longest_stop(&self.app.config)
    }

    /// Stops in order; `false` if something did not end in its time.
    pub async fn stop(self) -> bool {
        self.app.is_ready.store(false, Ordering::Relaxed);
        // Other nodes take the work over while requests end here: nothing new is begun, and each piece is
        // given up as soon as what is under way for it has ended. What does not end in time runs out.
        let handed_over = tokio::time::timeout(work_end(&self.app.config), self.leases.hand_over());
        let (drained, _) = tokio::join!(self.http.shut_down(DRAIN), handed_over);
        let worked = self.work.shut_down(work_end(&self.app.config)).await;
        let stored = self.store.shut_down(STORE_END).await;
        drained && worked && stored
    }
}

/// What this process is to other nodes.
fn membership(config: &Config, purpose: Purpose) -> Membership {
    Membership {
        role: match purpose {
            Purpose::Serve => Role::Server,
            Purpose::Command => Role::Command,
        },
        version: env!("CARGO_PKG_VERSION").to_owned(),
        length: Duration::from_secs(u64::from(config.lease_seconds)),
    }
}

/// How long a stop takes at most: requests end while other nodes take over, then workers, then stores.
pub fn longest_stop(config: &Config) -> Duration {
    let handed_over = if config.server.is_some() {
        work_end(config)
    } else {
        Duration::ZERO
    };
    DRAIN.max(handed_over) + work_end(config) + STORE_END
}

/// How long the workers may take to end.
fn work_end(config: &Config) -> Duration {
    WORK_END + Duration::from_secs(u64::from(config.send_timeout_seconds))
}

/// After a restore: what was on its way is declared unknown before anything else happens.
async fn settle_restored(parts: &Parts) -> Result<(), StoreError> {
    let Some(freeze) = parts.outbox.frozen() else {
        return Ok(());
    };
    let declared =
        declare_unknown_through(&parts.executor, &parts.outbox, &parts.clock, freeze.through)
            .await?;
    tracing::warn!(
        since = %freeze.since, declared,
        "restored from a backup: no message leaves until `vestnik outbound release`"
    );
    Ok(())
}

fn simulator(
    config: &Config,
    parts: &Parts,
    addr: SocketAddr,
    secret: &SecretString,
    work: &Tasks,
) -> Result<Simulator, SimulatorError> {
    let numbers = SimulatedNumbers {
        directory: Arc::clone(&parts.directory),
        mode: config.simulator,
    };
    product::start(
        addr,
        secret.clone(),
        numbers,
        Arc::clone(&parts.clock),
        work,
    )
}

/// Makes the demo; a server without it is still a server.
async fn make_demo(app: &App) -> Option<Demo> {
    let request = UseCaseRequest::new(app.ids.next(), "system");
    match demo::ensure(&app.numbers, &app.bots, &request).await {
        Ok(demo) => Some(demo),
        Err(error) => {
            tracing::warn!(%error, "the demo could not be made; try `vestnik demo`");
            None
        }
    }
}
