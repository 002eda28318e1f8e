//! What became known of a customer. Everything that tells who it is lies in `personal`.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::Identity;
use crate::ids::{ContactId, SessionId};
use crate::personal::Personal;
use crate::time::Timestamp;

/// Events of one contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ContactEvent {
    /// First seen.
    Registered {
        /// The contact itself: subject of its own events.
        contact: ContactId,
        /// When, by the server's clock.
        at: Timestamp,
        /// Provider time of the evidence.
        provider_at: Timestamp,
        /// Who it is.
        personal: Personal<Identity>,
    },
    /// Identifiers or profile changed; holds only what changed, newest evidence by provider time.
    Identified {
        /// When, by the server's clock.
        at: Timestamp,
        /// Provider time of the evidence.
        provider_at: Timestamp,
        /// What is new.
        personal: Personal<Identity>,
    },
    /// A delivery named this contact by its BSUID and another contact by its phone number.
    IdentityConflictSeen {
        /// When, by the server's clock.
        at: Timestamp,
        /// The contact that holds the other identifier.
        other: ContactId,
    },
    /// An attribute was set (the seed's `customer.metadata`).
    AttributeSet {
        /// When.
        at: Timestamp,
        /// Name of the attribute.
        key: String,
        /// Which session set it, if a bot did.
        session: Option<SessionId>,
        /// The value.
        personal: Personal<AttributeValue>,
    },
    /// A tag was assigned.
    TagAssigned {
        /// When.
        at: Timestamp,
        /// Which session assigned it, if a bot did.
        session: Option<SessionId>,
        /// The tag: a bot may have made it of what the customer wrote.
        personal: Personal<TagName>,
    },
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeValue {
    /// The text.
    pub value: String,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagName {
    /// The tag's text.
    pub tag: String,
}

impl DomainEvent for ContactEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Registered { .. } => "ContactRegistered",
            Self::Identified { .. } => "ContactIdentified",
            Self::IdentityConflictSeen { .. } => "ContactIdentityConflictSeen",
            Self::AttributeSet { .. } => "ContactAttributeSet",
            Self::TagAssigned { .. } => "ContactTagAssigned",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
