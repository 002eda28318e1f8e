//! The state of a number: its details, where its secrets lie, and whether it may send.
//!
//! Absent on purpose: the token itself and Meta's news of quality and limits.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{NumberCommand, NumberDetails, NumberError, NumberEvent, NumberKind, TokenRef};
use crate::any_event::aggregate_type;
use crate::ids::{ContactId, SecretId};
use crate::send_guard::NumberFacts;
use crate::stream::{self, StreamAggregate};
use crate::time::Timestamp;

/// A WhatsApp business number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Number {
    kind: NumberKind,
    details: Option<NumberDetails>,
    token: Option<TokenRef>,
    app_secret: Option<SecretId>,
    is_active: bool,
    is_removed: bool,
    auth_broken: Option<i64>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
}

impl Number {
    /// Whether it was added and not removed since.
    pub const fn exists(&self) -> bool {
        self.details.is_some() && !self.is_removed
    }

    /// Live or simulated; fixed when it was added.
    pub const fn kind(&self) -> NumberKind {
        self.kind
    }

    /// Names and ids, also after removal; `None` before it was added.
    pub const fn details(&self) -> Option<&NumberDetails> {
        self.details.as_ref()
    }

    /// Where the sealed token lies.
    pub const fn token(&self) -> Option<&TokenRef> {
        self.token.as_ref()
    }

    /// Where the number's own sealed app secret lies, if it has one.
    pub const fn app_secret(&self) -> Option<SecretId> {
        self.app_secret
    }

    /// Whether it sends and runs bots; never after removal.
    pub const fn is_active(&self) -> bool {
        self.is_active
    }

    /// Whether it was taken out of use.
    pub const fn is_removed(&self) -> bool {
        self.is_removed
    }

    /// Meta's code if Meta refuses the present token.
    pub const fn auth_broken(&self) -> Option<i64> {
        self.auth_broken
    }

    /// When it was added.
    pub const fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }

    /// When anything of it last changed.
    pub const fn updated_at(&self) -> Option<Timestamp> {
        self.updated_at
    }

    /// What the send guard must know.
    pub const fn facts(&self) -> NumberFacts {
        NumberFacts {
            is_active: self.is_active,
            is_removed: self.is_removed,
        }
    }

    fn present(&self) -> Result<&NumberDetails, NumberError> {
        self.details
            .as_ref()
            .filter(|_| !self.is_removed)
            .ok_or(NumberError::NotFound)
    }

    fn add(&self, command: &NumberCommand) -> Result<Vec<NumberEvent>, NumberError> {
        let NumberCommand::Add {
            now,
            kind,
            details,
            token,
            app_secret,
            is_active,
        } = command
        else {
            return Ok(Vec::new());
        };
        if self.exists() || (self.is_removed && self.kind != *kind) {
            return Err(NumberError::AlreadyAdded);
        }
        let details = details.clone();
        Ok(vec![NumberEvent::Added {
            at: *now,
            kind: *kind,
            display_name: details.display_name,
            phone_number: details.phone_number,
            phone_number_id: details.phone_number_id,
            whatsapp_business_account_id: details.whatsapp_business_account_id,
            token: token.clone(),
            app_secret: *app_secret,
            is_active: *is_active,
        }])
    }

    fn edit(
        &self,
        now: Timestamp,
        wanted: &NumberDetails,
        in_use: bool,
    ) -> Result<Option<NumberEvent>, NumberError> {
        let known = self.present()?;
        if wanted == known {
            return Ok(None);
        }
        if in_use && wanted.phone_number_id != known.phone_number_id {
            return Err(NumberError::InUse);
        }
        let wanted = wanted.clone();
        Ok(Some(NumberEvent::Edited {
            at: now,
            display_name: wanted.display_name,
            phone_number: wanted.phone_number,
            phone_number_id: wanted.phone_number_id,
            whatsapp_business_account_id: wanted.whatsapp_business_account_id,
        }))
    }

    fn touch(&mut self, at: Timestamp) {
        self.updated_at = Some(at);
    }
}

impl Aggregate for Number {
    const TYPE: &'static str = aggregate_type::NUMBER;
    type Command = NumberCommand;
    type Event = NumberEvent;
    type Error = NumberError;
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
            NumberEvent::Added {
                at,
                kind,
                display_name,
                phone_number,
                phone_number_id,
                whatsapp_business_account_id,
                token,
                app_secret,
                is_active,
            } => {
                *self = Self {
                    kind,
                    details: Some(NumberDetails {
                        display_name,
                        phone_number,
                        phone_number_id,
                        whatsapp_business_account_id,
                    }),
                    token: Some(token),
                    app_secret,
                    is_active,
                    created_at: Some(at),
                    updated_at: Some(at),
                    ..Self::default()
                };
            }
            NumberEvent::Edited {
                at,
                display_name,
                phone_number,
                phone_number_id,
                whatsapp_business_account_id,
            } => {
                self.details = Some(NumberDetails {
                    display_name,
                    phone_number,
                    phone_number_id,
                    whatsapp_business_account_id,
                });
                self.touch(at);
            }
            NumberEvent::TokenReplaced { at, token } => {
                self.token = Some(token);
                self.auth_broken = None;
                self.touch(at);
            }
            NumberEvent::AppSecretReplaced { at, app_secret } => {
                self.app_secret = app_secret;
                self.touch(at);
            }
            NumberEvent::Activated { at } => {
                self.is_active = true;
                self.touch(at);
            }
            NumberEvent::Deactivated { at } => {
                self.is_active = false;
                self.touch(at);
            }
            NumberEvent::AuthBroken { at, meta_code } => {
                self.auth_broken = Some(meta_code);
                self.touch(at);
            }
            NumberEvent::AuthRestored { at } => {
                self.auth_broken = None;
                self.touch(at);
            }
            NumberEvent::Removed { at } => {
                self.is_removed = true;
                self.is_active = false;
                self.touch(at);
            }
        }
    }
}

impl StreamAggregate for Number {
    const EVENT_TYPES: &'static [&'static str] = &[
        "NumberAdded",
        "NumberEdited",
        "NumberTokenReplaced",
        "NumberAppSecretReplaced",
        "NumberActivated",
        "NumberDeactivated",
        "NumberAuthBroken",
        "NumberAuthRestored",
        "NumberRemoved",
    ];

    fn decide(&self, command: &NumberCommand) -> Result<Vec<NumberEvent>, NumberError> {
        if matches!(command, NumberCommand::Add { .. }) {
            return self.add(command);
        }
        self.present()?;
        let event = match command {
            NumberCommand::Add { .. } => None,
            NumberCommand::Edit {
                now,
                details,
                in_use,
            } => self.edit(*now, details, *in_use)?,
            NumberCommand::ReplaceToken { now, token } => (self.token.as_ref() != Some(token))
                .then(|| NumberEvent::TokenReplaced {
                    at: *now,
                    token: token.clone(),
                }),
            NumberCommand::ReplaceAppSecret { now, app_secret } => (self.app_secret != *app_secret)
                .then_some(NumberEvent::AppSecretReplaced {
                    at: *now,
                    app_secret: *app_secret,
                }),
            NumberCommand::SetActive { now, is_active } => (self.is_active != *is_active)
                .then_some(if *is_active {
                    NumberEvent::Activated { at: *now }
                } else {
                    NumberEvent::Deactivated { at: *now }
                }),
            NumberCommand::BreakAuth {
                now,
                meta_code,
                fingerprint,
            } => {
                let is_present = self
                    .token
                    .as_ref()
                    .is_some_and(|token| token.fingerprint == *fingerprint);
                (is_present && self.auth_broken.is_none()).then_some(NumberEvent::AuthBroken {
                    at: *now,
                    meta_code: *meta_code,
                })
            }
            NumberCommand::RestoreAuth { now } => self
                .auth_broken
                .is_some()
                .then_some(NumberEvent::AuthRestored { at: *now }),
            NumberCommand::Remove { now } => Some(NumberEvent::Removed { at: *now }),
        };
        Ok(event.into_iter().collect())
    }

    fn subject(&self) -> Option<ContactId> {
        None
    }

    fn lane_key(&self) -> Option<Uuid> {
        None
    }

    fn weight_bytes(&self) -> usize {
        let details = self.details.as_ref().map_or(0, |details| {
            details.display_name.len()
                + details.phone_number.as_str().len()
                + details.phone_number_id.len()
                + details
                    .whatsapp_business_account_id
                    .as_ref()
                    .map_or(0, String::len)
        });
        let token = self
            .token
            .as_ref()
            .map_or(0, |token| token.last4.len() + token.fingerprint.len());
        size_of::<Self>() + details + token
    }
}
