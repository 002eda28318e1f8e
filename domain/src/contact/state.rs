//! The state of a contact: the merged identity, attributes and tags.

use std::collections::{BTreeMap, BTreeSet};

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::identity::Evidence;
use super::{AttributeValue, ContactCommand, ContactError, ContactEvent, Identity, TagName};
use crate::any_event::aggregate_type;
use crate::ids::{ContactId, SessionId};
use crate::personal::Personal;
use crate::stream::{self, StreamAggregate};
use crate::time::Timestamp;

/// Characters of an attribute's name or of a tag.
const NAME_LIMIT: usize = 100;
/// Bytes of an attribute's value.
const VALUE_BYTES: usize = 65_536;

/// A customer.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    id: Option<ContactId>,
    evidence: Evidence,
    attributes: BTreeMap<String, String>,
    tags: BTreeSet<String>,
    conflicts: BTreeSet<ContactId>,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Contact")
            .field("id", &self.id)
            .field("attributes", &self.attributes.len())
            .field("tags", &self.tags.len())
            .field("conflicts", &self.conflicts)
            .finish_non_exhaustive()
    }
}

impl Contact {
    /// Whether it was registered.
    pub const fn exists(&self) -> bool {
        self.id.is_some()
    }

    /// Its own id, once registered.
    pub const fn id(&self) -> Option<ContactId> {
        self.id
    }

    /// Who it is: per field the newest evidence by provider time.
    pub const fn identity(&self) -> &Identity {
        self.evidence.identity()
    }

    /// The attributes, by name.
    pub const fn attributes(&self) -> &BTreeMap<String, String> {
        &self.attributes
    }

    /// The tags.
    pub const fn tags(&self) -> &BTreeSet<String> {
        &self.tags
    }

    fn identify(
        &self,
        now: Timestamp,
        contact: ContactId,
        provider_at: Timestamp,
        identity: &Identity,
    ) -> Option<ContactEvent> {
        let news = self.evidence.news(provider_at, identity);
        if self.id.is_none() {
            return Some(ContactEvent::Registered {
                contact,
                at: now,
                provider_at,
                personal: news.into(),
            });
        }
        (!news.is_empty()).then(|| ContactEvent::Identified {
            at: now,
            provider_at,
            personal: news.into(),
        })
    }

    fn set_attribute(
        &self,
        now: Timestamp,
        key: &str,
        value: &str,
        session: Option<SessionId>,
    ) -> Result<Option<ContactEvent>, ContactError> {
        check_name("key", key)?;
        if value.len() > VALUE_BYTES {
            return Err(ContactError::Length {
                field: "value",
                limit: VALUE_BYTES,
                actual: value.len(),
            });
        }
        let is_known = self.attributes.get(key).is_some_and(|known| known == value);
        Ok((!is_known).then(|| ContactEvent::AttributeSet {
            at: now,
            key: key.to_owned(),
            session,
            personal: AttributeValue {
                value: value.to_owned(),
            }
            .into(),
        }))
    }

    fn assign_tag(
        &self,
        now: Timestamp,
        tag: &str,
        session: Option<SessionId>,
    ) -> Result<Option<ContactEvent>, ContactError> {
        let tag = tag.trim();
        check_name("tag", tag)?;
        Ok(
            (!self.tags.contains(tag)).then(|| ContactEvent::TagAssigned {
                at: now,
                session,
                personal: TagName {
                    tag: tag.to_owned(),
                }
                .into(),
            }),
        )
    }

    fn merge(&mut self, provider_at: Timestamp, personal: &Personal<Identity>) {
        if let Some(identity) = personal.open() {
            self.evidence.merge(provider_at, identity);
        }
    }
}

fn check_name(field: &'static str, text: &str) -> Result<(), ContactError> {
    let actual = text.chars().count();
    if actual == 0 || actual > NAME_LIMIT {
        return Err(ContactError::Length {
            field,
            limit: NAME_LIMIT,
            actual,
        });
    }
    Ok(())
}

impl Aggregate for Contact {
    const TYPE: &'static str = aggregate_type::CONTACT;
    type Command = ContactCommand;
    type Event = ContactEvent;
    type Error = ContactError;
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
            ContactEvent::Registered {
                contact,
                provider_at,
                personal,
                ..
            } => {
                self.id = Some(contact);
                self.merge(provider_at, &personal);
            }
            ContactEvent::Identified {
                provider_at,
                personal,
                ..
            } => self.merge(provider_at, &personal),
            ContactEvent::IdentityConflictSeen { other, .. } => {
                self.conflicts.insert(other);
            }
            ContactEvent::AttributeSet { key, personal, .. } => {
                if let Personal::Open(AttributeValue { value }) = personal {
                    self.attributes.insert(key, value);
                }
            }
            ContactEvent::TagAssigned { personal, .. } => {
                if let Personal::Open(TagName { tag }) = personal {
                    self.tags.insert(tag);
                }
            }
            ContactEvent::TagRemoved { personal, .. } => {
                if let Personal::Open(TagName { tag }) = personal {
                    self.tags.remove(&tag);
                }
            }
        }
    }
}

impl StreamAggregate for Contact {
    const EVENT_TYPES: &'static [&'static str] = &[
        "ContactRegistered",
        "ContactIdentified",
        "ContactIdentityConflictSeen",
        "ContactAttributeSet",
        "ContactTagAssigned",
        "ContactTagRemoved",
    ];

    fn decide(&self, command: &ContactCommand) -> Result<Vec<ContactEvent>, ContactError> {
        if !self.exists() && !matches!(command, ContactCommand::Identify { .. }) {
            return Err(ContactError::NotFound);
        }
        let event = match command {
            ContactCommand::Identify {
                now,
                contact,
                provider_at,
                identity,
            } => self.identify(*now, *contact, *provider_at, identity),
            ContactCommand::FlagConflict { now, other } => {
                let is_news = self.id != Some(*other) && !self.conflicts.contains(other);
                is_news.then_some(ContactEvent::IdentityConflictSeen {
                    at: *now,
                    other: *other,
                })
            }
            ContactCommand::SetAttribute {
                now,
                key,
                value,
                session,
            } => self.set_attribute(*now, key, value, *session)?,
            ContactCommand::AssignTag { now, tag, session } => {
                self.assign_tag(*now, tag, *session)?
            }
            ContactCommand::RemoveTag { now, tag } => {
                let tag = tag.trim();
                self.tags.contains(tag).then(|| ContactEvent::TagRemoved {
                    at: *now,
                    personal: TagName {
                        tag: tag.to_owned(),
                    }
                    .into(),
                })
            }
        };
        Ok(event.into_iter().collect())
    }

    fn subject(&self) -> Option<ContactId> {
        self.id
    }

    fn lane_key(&self) -> Option<Uuid> {
        None
    }

    fn weight_bytes(&self) -> usize {
        let attributes: usize = self
            .attributes
            .iter()
            .map(|(key, value)| key.len() + value.len() + 2 * size_of::<String>())
            .sum();
        let tags: usize = self
            .tags
            .iter()
            .map(|tag| tag.len() + size_of::<String>())
            .sum();
        size_of::<Self>()
            + self.evidence.weight_bytes()
            + attributes
            + tags
            + self.conflicts.len() * size_of::<ContactId>()
    }
}
