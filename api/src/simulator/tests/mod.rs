//! The simulator against its own callback server and raw clients.

mod demo;
mod faults;
mod ledgers;
pub(super) mod server;
mod shapes;
mod webhooks;
