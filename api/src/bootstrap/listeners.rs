//! The addresses that a server listens on: its own, and the one of its metrics.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use application::tasks::Tasks;
use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

use super::StartError;
use crate::rest;

/// Takes an address.
///
/// # Errors
/// It is taken, or cannot be listened on.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => StartError::PortBusy(address),
            _ => StartError::Listen { address, error },
        })
}

/// Serves metrics without a token; answers where.
///
/// # Errors
/// As [`listen`].
pub(super) async fn serve_metrics(
    address: SocketAddr,
    http: &Tasks,
) -> Result<SocketAddr, StartError> {
    let listener = listen(address).await?;
    let bound = listener
        .local_addr()
        .map_err(|error| StartError::Listen { address, error })?;
    let router: Router = Router::new().route("/metrics", get(|| async { rest::metrics::text() }));
    let server =
        axum::serve(listener, router).with_graceful_shutdown(http.stop().clone().cancelled_owned());
    http.spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the metrics server ended");
        }
    });
    Ok(bound)
}

/// An address that works on this machine also where all addresses are listened on.
pub(super) fn local_address(addr: SocketAddr) -> String {
    let ip = if addr.ip().is_unspecified() {
        IpAddr::V4(Ipv4Addr::LOCALHOST)
    } else {
        addr.ip()
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}
