//! The *conversation* process manager: one instance a conversation.
//!
//! Reacts to what the log says (a message came, a bot decided, a person took over, a send failed), relays
//! a session's decisions to Conversation, Contact and Deal, and keeps the sessions' timers. [`react()`](react::react)
//! is pure; its state, its decisions, timers and checkpoint move in one transaction. A refused command is an
//! input, never an exception; only errors of the store are retried as they are.
//!
//! Absent on purpose: content. Decisions name positions of the log; what they carry is read from there.

mod carry_out;
mod decision;
mod dispatcher;
mod failures;
mod manager;
mod progress;
mod react;
mod scenarios;
mod shards;
mod state;
mod take_over;
#[cfg(test)]
mod tests;

pub use decision::{Decision, FORMAT, Input, format_kind};
pub use manager::{ConversationManager, ManagerDeps};
pub use progress::Progress;
pub use react::{Instance, Reaction, react};
pub use state::{ActiveSession, ManagerState};
