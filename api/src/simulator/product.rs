//! The simulator inside the product: only numbers of kind `simulated` exist for it, and none while it is
//! off.

use std::net::SocketAddr;
use std::sync::Arc;

use application::ports::clock::Clock;
use application::ports::directory::{Directory, DirectoryNumber};
use application::tasks::Tasks;
use axum::Router;
use domain::number::NumberKind;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use url::{ParseError, Url};

use super::behavior::Behavior;
use super::demo;
use super::fault::FaultPlan;
use super::meta::BusinessNumbers;
use super::{Simulator, SimulatorConfig, SimulatorError};
use crate::config::SimulatorMode;

/// Path under which the product serves it.
pub const PATH: &str = "/simulator";

/// The installation's simulated numbers.
#[derive(Clone, Debug)]
pub struct SimulatedNumbers {
    /// All numbers.
    pub directory: Arc<dyn Directory>,
    /// Whether the simulator may run.
    pub mode: SimulatorMode,
}

impl SimulatedNumbers {
    fn find(&self, phone_number_id: &str) -> Option<Arc<DirectoryNumber>> {
        let number = self.directory.number_by_phone_number_id(phone_number_id)?;
        let exists = number.row.kind == NumberKind::Simulated && !number.row.is_removed;
        // Asked anew each time: adding a live number switches the simulator off at once.
        (exists && demo::runs(self.mode, self.directory.as_ref())).then_some(number)
    }
}

impl BusinessNumbers for SimulatedNumbers {
    fn display_phone_number(&self, phone_number_id: &str) -> Option<String> {
        // The directory keeps no phone numbers, and nothing in the product looks at this one.
        self.find(phone_number_id)?;
        Some(demo::PHONE_NUMBER.trim_start_matches('+').to_owned())
    }

    fn accepts_token(&self, phone_number_id: &str, token: &str) -> bool {
        let known = self
            .find(phone_number_id)
            .and_then(|number| number.access_token.clone());
        known.is_some_and(|known| {
            bool::from(known.expose_secret().as_bytes().ct_eq(token.as_bytes()))
        })
    }
}

/// Base of the simulator's Graph API on this server: what the Cloud API client calls for simulated numbers.
///
/// # Errors
/// Only where an address cannot be part of a URL.
pub fn graph_base_url(server: SocketAddr) -> Result<Url, SimulatorError> {
    Ok(format!("http://{}{PATH}/v25.0", loopback(server)).parse()?)
}

fn webhook_url(server: SocketAddr) -> Result<Url, ParseError> {
    format!("http://{}/api/v1/webhooks/whatsapp", loopback(server)).parse()
}

/// A server that listens everywhere is reached on the loopback.
fn loopback(mut server: SocketAddr) -> SocketAddr {
    if server.ip().is_unspecified() {
        server.set_ip(match server {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    server
}

/// Starts the simulator of a server that is bound to `server`. `secret` is made for this process and is the
/// receiver's simulator secret.
///
/// # Errors
/// [`SimulatorError`].
pub fn start(
    server: SocketAddr,
    secret: SecretString,
    numbers: SimulatedNumbers,
    clock: Arc<dyn Clock>,
    tasks: &Tasks,
) -> Result<Simulator, SimulatorError> {
    let config = SimulatorConfig {
        callback: webhook_url(server)?,
        secret,
        ledger: None,
        seed: 0,
        behavior: Behavior::default(),
        faults: FaultPlan::default(),
    };
    Simulator::start(config, Arc::new(numbers), clock, tasks)
}

/// The routes of the product: the Graph API checks the number's own token, the phones are behind `guard`.
pub fn router(simulator: &Simulator, guard: impl FnOnce(Router) -> Router) -> Router {
    let phones = guard(simulator.phone_router());
    Router::new().nest(PATH, simulator.graph_router().merge(phones))
}
