//! Letting messages leave again after a restore.
//!
//! What waits was queued since the restore: answers to customers who wrote since then, but also answers to
//! what the backup held unanswered, which the installation that is gone may have given. So a person looks
//! and decides whether it leaves or is discarded.

use std::sync::Arc;

use super::UseCaseError;
use crate::execute::Executor;
use crate::ports::clock::Clock;
use crate::ports::outbox::{Freeze, Outbox, Thawed};
use crate::sending::declare_unknown_through;

/// Whether messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboundStatus {
    /// Why nothing leaves, if so.
    pub freeze: Option<Freeze>,
    /// Messages that are queued or on their way.
    pub waiting: u64,
}

/// What a release did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    /// Messages were held until now.
    pub was_frozen: bool,
    /// Messages that were discarded: declared unknown, shown so to people.
    pub discarded: u64,
    /// Messages that leave now.
    pub leaving: u64,
}

/// Uses of the outbox as a whole.
#[derive(Clone, Debug)]
pub struct Outbound {
    /// Records what was discarded.
    pub executor: Arc<Executor>,
    /// What waits to leave.
    pub outbox: Arc<dyn Outbox>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Outbound {
    /// Whether messages leave, and how many wait.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn status(&self) -> Result<OutboundStatus, UseCaseError> {
        Ok(OutboundStatus {
            freeze: self.outbox.frozen(),
            waiting: self.outbox.waiting().await?,
        })
    }

    /// Lets messages leave again; with `discard` not those that wait now. Where nothing is frozen, nothing
    /// happens.
    ///
    /// # Errors
    /// Conflict `outbound_unsettled`: something of before the restore is not declared unknown; unavailable.
    pub async fn release(&self, by: &str, discard: bool) -> Result<Released, UseCaseError> {
        let mut released = Released {
            was_frozen: false,
            discarded: 0,
            leaving: 0,
        };
        let Some(freeze) = self.outbox.frozen() else {
            return Ok(released);
        };
        let through = if discard {
            self.executor.log().head()
        } else {
            freeze.through
        };
        released.discarded =
            declare_unknown_through(&self.executor, &self.outbox, &self.clock, through).await?;
        released.leaving = self.outbox.waiting().await?;
        match self.outbox.thaw(by).await? {
            Thawed::Done => {
                tracing::warn!(by, ?released, "messages leave again after a restore");
                released.was_frozen = true;
                Ok(released)
            }
            Thawed::NotFrozen => Ok(released),
            Thawed::Unsettled(rows) => {
                tracing::error!(rows, "rows of before the restore cannot be settled");
                Err(UseCaseError::Conflict {
                    code: "outbound_unsettled",
                    existing: None,
                    holder: None,
                })
            }
        }
    }
}
