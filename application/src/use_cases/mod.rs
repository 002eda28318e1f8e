//! What people and programs can ask for: one file a use, each gathers facts, executes a command and says
//! at which position of the log it stands.
//!
//! Absent on purpose: who may ask ([`policy`] answers that, the edge asks it), HTTP, and reading lists.

pub mod bots;
pub mod contacts;
pub mod conversation_rows;
pub mod conversations;
mod error;
pub mod exports;
pub mod numbers;
pub mod outbound;
pub mod policy;
pub mod presence;
pub mod quick_replies;
mod request;
pub mod saved_views;
pub mod settings;
pub mod tokens;

pub use error::{FieldProblem, UseCaseError};
pub use request::{Request, Written};
