//! Why a server does not start; each case says what to do.

use std::net::SocketAddr;
use std::path::PathBuf;

use application::ports::StoreError;

use crate::simulator::SimulatorError;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process uses the data folder.
    #[error("another vestnik uses {0}: stop it, or set DATA_DIR to another folder")]
    Locked(PathBuf),
    /// The port is taken.
    #[error("{0} is taken by another program: stop it, or set PORT to another port")]
    PortBusy(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}; check HOST and PORT")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// The data folder.
    #[error("{path}: {error}; check DATA_DIR and its permissions")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The keys.
    #[error(transparent)]
    Keys(#[from] infrastructure::keys::KeyError),
    /// The log.
    #[error(transparent)]
    Log(#[from] infrastructure::database::OpenError),
    /// The log ends before what was seen of it.
    #[error("the log ends at position {head}, and {seen} was seen of it")]
    WentBack {
        /// The position that was seen.
        seen: u64,
        /// The last one there is.
        head: u64,
    },
    /// Rows of the log.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The read models.
    #[error(transparent)]
    Projections(#[from] projections::ProjectionError),
    /// The client of the Cloud API.
    #[error(transparent)]
    CloudApi(#[from] infrastructure::cloud_api::GraphClientError),
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(#[from] rand::rngs::SysError),
    /// The simulator.
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    /// A part of the start broke.
    #[error(transparent)]
    Broken(#[from] tokio::task::JoinError),
}
