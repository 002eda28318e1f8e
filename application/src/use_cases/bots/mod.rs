//! Bots: make, save, publish, bind to numbers, switch on. A number has at most one answering bot: the
//! directory's row of it changes in the same commit as the bot.

mod bind;
mod change;
mod import;

use std::sync::Arc;

pub use bind::unbind_bot;
pub use import::{ImportBot, ImportedBot};

use crate::execute::Executor;
use crate::ports::blobs::BlobHasher;
use crate::ports::clock::Clock;
use crate::ports::directory::Directory;

/// Uses of bots.
#[derive(Clone, Debug)]
pub struct Bots {
    /// Runs the commands.
    pub executor: Arc<Executor>,
    /// Which bot answers where.
    pub directory: Arc<dyn Directory>,
    /// Names definitions.
    pub hasher: Arc<dyn BlobHasher>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}
