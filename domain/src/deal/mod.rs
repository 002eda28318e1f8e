//! A deal that a bot opened for a customer.

mod command;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{DealCommand, DealError};
pub use event::{DealEvent, DealFields};
pub use state::Deal;
