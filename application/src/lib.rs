//! What happens next: executing commands, resolving and handling inbound, the conversation process
//! manager, the policy of sending. Talks to the world only through [`ports`].
//!
//! Absent on purpose: SQL, HTTP, read models, configuration files.

mod adopted;
pub mod cursor;
pub mod execute;
pub mod failpoints;
pub mod inbound;
pub mod local_time;
pub mod meta_errors;
pub mod ports;
pub mod process;
pub mod publishing;
mod queues;
pub mod sending;
pub mod tasks;
pub mod use_cases;
