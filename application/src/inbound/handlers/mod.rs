//! One item into one commit: the event and the item's `done` in the same transaction, so that a second
//! handling finds the item closed and writes nothing.

mod message;
mod status;

use std::sync::Arc;

use domain::contact::Identity;
use domain::delivery::StatusKind;
use domain::ids::{CommandId, ContactId, NumberId, derive};

pub use message::MessageHandler;
pub use status::StatusHandler;

use super::normalize::{InboundMessage, InboundStatus};
use crate::execute::{ExecuteError, Executor, Intent};
use crate::ports::StoreError;
use crate::ports::clock::{Clock, IdGenerator};
use crate::ports::directory::{Directory, DirectoryNumber};
use crate::ports::event_log::Metadata;
use crate::ports::hashes::{KeyedHash, KeyedHashes};
use crate::ports::inbox::{Inbox, Resolution, StoredItem};
use crate::ports::leases::{Fence, Leases};
use crate::ports::outbox::Outbox;

/// The precondition that says: handled already.
const ITEM_OPEN: &str = "inbox_item_open";

/// What handling inbound needs of the world.
#[derive(Clone, Debug)]
pub struct InboundDeps {
    /// Items, identities, routes.
    pub inbox: Arc<dyn Inbox>,
    /// Our sends, for statuses.
    pub outbox: Arc<dyn Outbox>,
    /// Numbers.
    pub directory: Arc<dyn Directory>,
    /// Keyed hashes.
    pub hashes: Arc<dyn KeyedHashes>,
    /// Executes commands.
    pub executor: Arc<Executor>,
    /// Whose numbers are this node's.
    pub leases: Arc<dyn Leases>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids of new contacts and conversations.
    pub ids: Arc<dyn IdGenerator>,
}

/// A message to record.
#[derive(Clone, Debug)]
pub struct MessageTask {
    /// The item.
    pub item: Arc<StoredItem>,
    /// Our number.
    pub number: NumberId,
    /// Meta's id of it.
    pub phone_number_id: String,
    /// Whose it is.
    pub resolution: Resolution,
    /// Another contact that holds one of its identifiers.
    pub conflict: Option<ContactId>,
    /// The message.
    pub message: InboundMessage,
    /// Under which lease.
    pub fence: Option<Fence>,
}

/// A status to record.
#[derive(Clone, Debug)]
pub struct StatusTask {
    /// The item.
    pub item: Arc<StoredItem>,
    /// Our number.
    pub number: Arc<DirectoryNumber>,
    /// The status.
    pub status: InboundStatus,
    /// Which one.
    pub kind: StatusKind,
    /// Under which lease.
    pub fence: Option<Fence>,
}

/// Why an item was not handled this time.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HandleError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A rule refuses what the item says.
    #[error("refused by a rule: {0}")]
    Refused(&'static str),
    /// Facts changed while deciding, again and again.
    #[error("the facts kept changing: {0}")]
    Contended(&'static str),
    /// The stored delivery holds no part with the item's key.
    #[error("the item is not in its delivery")]
    Lost,
}

impl HandleError {
    /// What is stored and logged of it: a stable code, because the text of an error may quote the item.
    pub fn code(&self) -> String {
        match self {
            Self::Store(StoreError::Overloaded) => "store_overloaded".to_owned(),
            Self::Store(StoreError::Unavailable(_)) => "store_unavailable".to_owned(),
            Self::Store(StoreError::Corrupt(_)) => "stored_data_unreadable".to_owned(),
            Self::Store(StoreError::Newer(_)) => "newer_version".to_owned(),
            Self::Store(StoreError::LeaseLost) => "lease_lost".to_owned(),
            Self::Refused(code) => format!("refused:{code}"),
            Self::Contended(name) => format!("contended:{name}"),
            Self::Lost => "lost".to_owned(),
        }
    }

    /// Whether the item is innocent: wait for the store instead of counting a failed try.
    pub const fn is_store_outage(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::Overloaded | StoreError::Unavailable(_))
        )
    }
}

impl HandleError {
    /// The type of an event that only a newer node can read: the item is left to it.
    pub fn newer(&self) -> Option<&str> {
        match self {
            Self::Store(StoreError::Newer(event_type)) => Some(event_type),
            _ => None,
        }
    }

    /// Whether another node handles the item now.
    pub const fn is_lease_lost(&self) -> bool {
        matches!(self, Self::Store(StoreError::LeaseLost))
    }
}

impl<E: domain::stream::Refusal> From<ExecuteError<E>> for HandleError {
    fn from(error: ExecuteError<E>) -> Self {
        match error {
            // The code only: a refusal's text may quote what the customer wrote.
            ExecuteError::Refused(refusal) => Self::Refused(refusal.code()),
            ExecuteError::Precondition(name) => Self::Contended(name),
            ExecuteError::Busy => Self::Contended("stream"),
            ExecuteError::Store(error) => Self::Store(error),
        }
    }
}

/// The intent of a step of an item: the same item and step give the same command id.
fn intent(dedupe: KeyedHash, step: &str, fence: Option<&Fence>) -> Intent {
    let cause = [dedupe.0.as_slice(), step.as_bytes()].concat();
    Intent {
        command_id: CommandId::new(derive(&cause)),
        remember: false,
        metadata: Metadata {
            actor: "meta".to_owned(),
            cause: None,
        },
        fence: fence.cloned(),
    }
}

/// The identities last told to contacts, so that an unchanged one costs no load.
type SeenIdentities = moka::sync::Cache<ContactId, Identity>;
