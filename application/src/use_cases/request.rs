//! What identifies a request: every command and id of it is derived from one seed, so that repeating the
//! request repeats nothing.

use domain::ids::{CommandId, derive};
use uuid::Uuid;

use crate::execute::Intent;
use crate::ports::event_log::Metadata;

/// A request by someone.
#[derive(Clone, Debug)]
pub struct Request {
    seed: Uuid,
    actor: String,
}

/// Something was written, or was so before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// What.
    pub value: T,
    /// The read models that passed this position show it.
    pub position: u64,
}

impl Request {
    /// A request: `seed` is new, or remembered from its first try; `actor` as in event metadata.
    pub fn new(seed: Uuid, actor: impl Into<String>) -> Self {
        Self {
            seed,
            actor: actor.into(),
        }
    }

    /// An id that this request always gives to the thing named.
    pub fn id(&self, thing: &str) -> Uuid {
        let mut cause = self.seed.as_bytes().to_vec();
        cause.extend_from_slice(thing.as_bytes());
        derive(&cause)
    }

    /// The intent of one step of this request.
    pub fn intent(&self, step: &str) -> Intent {
        Intent {
            command_id: CommandId::new(self.id(&format!("command/{step}"))),
            remember: true,
            metadata: Metadata {
                actor: self.actor.clone(),
                cause: None,
            },
            fence: None,
        }
    }
}
