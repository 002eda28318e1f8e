//! The simulator against its own callback server and raw clients.

mod faults;
mod ledgers;
mod server;
mod shapes;
mod webhooks;
