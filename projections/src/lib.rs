//! What people see: one folder a read model with its tables, how events change it and how it is queried.
//!
//! Read models are disposable: they lie in a file of their own, are rebuilt from the log while the
//! service runs, and are left out of backups. They hold plain text. Absent on purpose: effects. A
//! projection gets events and a transaction, nothing that could send, decide or load an aggregate.

pub mod activity;
pub mod bot;
pub mod contact;
pub mod conversation;
pub mod deal;
mod fold;
pub mod message;
pub mod number;
mod page;
pub mod person;
pub mod quick_reply;
mod reads;
mod runner;
pub mod saved_view;
mod search;
pub mod settings;
mod slice;
mod statements;
mod table;
#[cfg(test)]
mod testing;

pub use page::{InvalidCursor, Page};
pub use reads::Reads;
pub use runner::{
    ApplyError, Build, Location, Projection, ProjectionError, ProjectionState, ProjectionStatus,
    Projections,
};
pub use slice::{Edge, Edges, Slice};
pub use statements::{MIGRATIONS, TABLES, statements};
pub use table::Table;
