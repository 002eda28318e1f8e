//! A quick reply: a text that everyone here can put into a message by its shortcut, in several languages.
//!
//! Two replies may have the same shortcut: people see both and choose.

mod command;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{QuickReplyCommand, QuickReplyError};
pub use event::QuickReplyEvent;
pub use state::QuickReply;

use std::collections::BTreeMap;

/// Texts by language (`en`, `ru`, `pt_BR`).
pub type Texts = BTreeMap<String, String>;
