//! What became known of a customer. Everything that tells who it is lies in `personal`.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Identity;
use crate::ids::{ContactId, SessionId};
use crate::personal::Personal;
use crate::time::Timestamp;

/// Events of one contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum ContactEvent {
    /// First seen.
    /// Example: `{"Registered":{"contact":"00000000-0000-0000-0000-000000000001","at":"2025-12-29T09:21:40Z","provider_at":"2025-12-29T09:20:00Z","personal":{"bsuid":"US.13491208655302741918","wa_id":"16505551234","username":"ana","profile_name":"Ana"}}}`
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
    /// Example: `{"Identified":{"at":"2025-12-29T09:21:40Z","provider_at":"2025-12-29T09:20:01Z","personal":{"profile_name":"Ana B."}}}`
    Identified {
        /// When, by the server's clock.
        at: Timestamp,
        /// Provider time of the evidence.
        provider_at: Timestamp,
        /// What is new.
        personal: Personal<Identity>,
    },
    /// A delivery named this contact by its BSUID and another contact by its phone number.
    /// Example: `{"IdentityConflictSeen":{"at":"2025-12-29T09:20:02Z","other":"00000000-0000-0000-0000-000000000002"}}`
    IdentityConflictSeen {
        /// When, by the server's clock.
        at: Timestamp,
        /// The contact that holds the other identifier.
        other: ContactId,
    },
    /// An attribute was set (the seed's `customer.metadata`).
    /// Example: `{"AttributeSet":{"at":"2025-12-29T09:20:03Z","key":"size","session":"00000000-0000-0000-0000-000000000004","personal":{"value":"42"}}}`
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
    /// Example: `{"TagAssigned":{"at":"2025-12-29T09:20:04Z","session":null,"personal":{"tag":"vip"}}}`
    TagAssigned {
        /// When.
        at: Timestamp,
        /// Which session assigned it, if a bot did.
        session: Option<SessionId>,
        /// The tag: a bot may have made it of what the customer wrote.
        personal: Personal<TagName>,
    },
    /// A tag was taken away by a person.
    /// Example: `{"TagRemoved":{"at":"2025-12-29T09:20:05Z","personal":{"tag":"vip"}}}`
    TagRemoved {
        /// When.
        at: Timestamp,
        /// The tag.
        personal: Personal<TagName>,
    },
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttributeValue {
    /// The text.
    pub value: String,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
            Self::TagRemoved { .. } => "ContactTagRemoved",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
