//! From a delivery of Meta to events: receiving, splitting, normalizing, resolving, handling.
//!
//! [`receive`] answers Meta: verify, split, store. [`worker`] does the rest later, in inbox order.
//! Both see a delivery through [`split`], so an item has the same place and key in both.
//! Absent on purpose: HTTP, and what a bot makes of a message (the process manager).

mod canonical;
pub mod envelope;
pub mod handlers;
pub mod identity;
mod json;
pub mod normalize;
pub mod receive;
mod resolver;
pub mod signers;
pub mod split;
#[cfg(test)]
mod tests;
pub mod worker;
