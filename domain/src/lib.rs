//! What may happen: aggregates, their commands and events, and the bot interpreter.
//!
//! Everything here is pure and synchronous inside: `decide` turns a command into events, `apply` folds
//! an event into state. Absent on purpose: I/O, clocks, random numbers, tokio, sqlx, HTTP. Time, ids and
//! facts of other aggregates arrive inside commands.

pub mod any_event;
pub mod api_token;
pub mod bot;
pub mod bot_session;
pub mod contact;
pub mod conversation;
pub mod deal;
pub mod delivery;
pub mod event_catalog;
pub mod field;
#[cfg(test)]
mod golden;
pub mod ids;
pub mod message;
pub mod number;
pub mod personal;
pub mod phone;
pub mod quick_reply;
pub mod saved_view;
pub mod send_guard;
pub mod settings;
pub mod stream;
#[cfg(test)]
mod tests;
pub mod time;
