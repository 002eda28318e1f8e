//! The state of an API token: what it may do, and whether it still may.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ApiTokenCommand, ApiTokenError, ApiTokenEvent, Role};
use crate::any_event::aggregate_type;
use crate::ids::ContactId;
use crate::stream::{self, StreamAggregate};
use crate::time::Timestamp;

/// Characters of a name.
const NAME_LIMIT: usize = 100;

/// An API token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApiToken {
    made: Option<Made>,
    is_revoked: bool,
}

/// What a token is made of; never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Made {
    at: Timestamp,
    name: String,
    role: Role,
    hash: String,
    expires_at: Option<Timestamp>,
}

impl ApiToken {
    /// Whether it was made, revoked or not.
    pub const fn exists(&self) -> bool {
        self.made.is_some()
    }

    /// What it may do.
    pub fn role(&self) -> Option<Role> {
        self.made.as_ref().map(|made| made.role)
    }

    /// Whether it was taken back.
    pub const fn is_revoked(&self) -> bool {
        self.is_revoked
    }

    /// What people call it.
    pub fn name(&self) -> Option<&str> {
        self.made.as_ref().map(|made| made.name.as_str())
    }

    /// SHA-256 of the token as 64 hex digits.
    pub fn hash(&self) -> Option<&str> {
        self.made.as_ref().map(|made| made.hash.as_str())
    }

    /// When it ends by itself.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.made.as_ref().and_then(|made| made.expires_at)
    }

    /// When it was made.
    pub fn made_at(&self) -> Option<Timestamp> {
        self.made.as_ref().map(|made| made.at)
    }
}

impl Aggregate for ApiToken {
    const TYPE: &'static str = aggregate_type::API_TOKEN;
    type Command = ApiTokenCommand;
    type Event = ApiTokenEvent;
    type Error = ApiTokenError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        stream::handle(self, command, sink).await
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            ApiTokenEvent::Made {
                at,
                name,
                role,
                hash,
                expires_at,
            } => {
                self.made = Some(Made {
                    at,
                    name,
                    role,
                    hash,
                    expires_at,
                });
            }
            ApiTokenEvent::Revoked { .. } => self.is_revoked = true,
        }
    }
}

impl StreamAggregate for ApiToken {
    const EVENT_TYPES: &'static [&'static str] = &["ApiTokenMade", "ApiTokenRevoked"];

    fn decide(&self, command: &ApiTokenCommand) -> Result<Vec<ApiTokenEvent>, ApiTokenError> {
        match command {
            ApiTokenCommand::Make { .. } if self.exists() => Err(ApiTokenError::AlreadyMade),
            ApiTokenCommand::Make {
                now,
                name,
                role,
                hash,
                expires_at,
            } => {
                let name = name.trim();
                if name.is_empty() || name.chars().count() > NAME_LIMIT {
                    return Err(ApiTokenError::InvalidName);
                }
                if expires_at.is_some_and(|end| end <= *now) {
                    return Err(ApiTokenError::InvalidExpiry);
                }
                Ok(vec![ApiTokenEvent::Made {
                    at: *now,
                    name: name.to_owned(),
                    role: *role,
                    hash: hash.clone(),
                    expires_at: *expires_at,
                }])
            }
            ApiTokenCommand::Revoke { .. } if !self.exists() => Err(ApiTokenError::NotFound),
            ApiTokenCommand::Revoke { .. } if self.is_revoked => Ok(Vec::new()),
            ApiTokenCommand::Revoke { now } => Ok(vec![ApiTokenEvent::Revoked { at: *now }]),
        }
    }

    fn subject(&self) -> Option<ContactId> {
        None
    }

    fn lane_key(&self) -> Option<Uuid> {
        None
    }

    fn weight_bytes(&self) -> usize {
        let made = self
            .made
            .as_ref()
            .map_or(0, |made| made.name.len() + made.hash.len());
        size_of::<Self>() + made
    }
}
