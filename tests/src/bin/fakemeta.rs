//! A Meta of the tests' own in a process of its own: the simulator's code with books on disk and faults.
//!
//! The first line on stdout is its address. It ends on `POST /control/stop`, SIGINT or SIGTERM.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use api::simulator::behavior::Behavior;
use api::simulator::cut::{Cut, CuttableListener};
use api::simulator::fault::FaultPlan;
use api::simulator::{BusinessNumbers, Simulator, SimulatorConfig};
use application::tasks::Tasks;
use axum::Router;
use axum::routing::post;
use clap::Parser;
use infrastructure::system::SystemClock;
use secrecy::SecretString;
use tokio::net::TcpListener;
use url::Url;

/// Time open deliveries and requests get to end.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// A Cloud API and customers' phones for tests.
#[derive(Debug, Parser)]
struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Where webhooks go.
    #[arg(long)]
    callback: Url,
    /// App secret that signs them.
    #[arg(long)]
    secret: String,
    /// Folder of the ledgers.
    #[arg(long)]
    ledger: Option<PathBuf>,
    /// Seed of everything that happens by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Faults of the Cloud API, per mille: reset=20,error_after=20,130429=50.
    #[arg(long, default_value = "")]
    faults: FaultPlan,
    /// Deliver in order, once and unbatched.
    #[arg(long)]
    calm: bool,
}

/// Every number exists and every token is good.
#[derive(Debug)]
struct AnyNumber;

impl BusinessNumbers for AnyNumber {
    fn display_phone_number(&self, _phone_number_id: &str) -> Option<String> {
        Some("79001234567".to_owned())
    }

    fn accepts_token(&self, _phone_number_id: &str, _token: &str) -> bool {
        true
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let tasks = Tasks::default();
    let config = SimulatorConfig {
        callback: options.callback,
        secret: SecretString::from(options.secret),
        ledger: options.ledger,
        seed: options.seed,
        behavior: if options.calm {
            Behavior::default()
        } else {
            Behavior::rough()
        },
        faults: options.faults,
    };
    let simulator = Simulator::start(config, Arc::new(AnyNumber), Arc::new(SystemClock), &tasks)?;
    let listener = TcpListener::bind(("127.0.0.1", options.port))
        .await
        .context("the port is taken")?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "http://{address}")?;

    let stop = tasks.stop().clone();
    let stop_route = {
        let stop = stop.clone();
        post(move || {
            stop.cancel();
            async { "stopping" }
        })
    };
    let router = Router::new()
        .route("/control/stop", stop_route)
        .merge(simulator.graph_router())
        .merge(simulator.phone_router())
        .merge(simulator.control_router());
    let server = axum::serve(
        CuttableListener(listener),
        router.into_make_service_with_connect_info::<Cut>(),
    )
    .with_graceful_shutdown(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = interrupted() => stop.cancel(),
        }
    });
    // Requests that never get an answer end with the stop signal, so this ends too.
    server.await?;
    tasks.shut_down(SHUTDOWN).await;
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
