//! What happened to a WhatsApp number. Holds no token: only the id of its sealed row and its last four characters.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::{NumberKind, TokenRef};
use crate::ids::SecretId;
use crate::phone::E164;
use crate::time::Timestamp;

/// Events of one number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NumberEvent {
    /// The number was added; its kind never changes.
    Added {
        /// When, by the server's clock.
        at: Timestamp,
        /// `live` talks to Meta, `simulated` to the simulator.
        kind: NumberKind,
        /// What people call it.
        display_name: String,
        /// The business' own phone number.
        phone_number: E164,
        /// Meta's id of the number.
        phone_number_id: String,
        /// Meta's id of the WhatsApp business account.
        whatsapp_business_account_id: Option<String>,
        /// The sealed access token.
        token: TokenRef,
        /// A sealed app secret that signs for this number only.
        app_secret: Option<SecretId>,
        /// Whether it sends and runs bots.
        is_active: bool,
    },
    /// Names or ids changed; holds all of them as they are now.
    Edited {
        /// When.
        at: Timestamp,
        /// What people call it.
        display_name: String,
        /// The business' own phone number.
        phone_number: E164,
        /// Meta's id of the number.
        phone_number_id: String,
        /// Meta's id of the WhatsApp business account.
        whatsapp_business_account_id: Option<String>,
    },
    /// A new access token was stored.
    TokenReplaced {
        /// When.
        at: Timestamp,
        /// The sealed access token.
        token: TokenRef,
    },
    /// The number's own app secret was stored or taken away.
    AppSecretReplaced {
        /// When.
        at: Timestamp,
        /// The sealed secret, if one is set.
        app_secret: Option<SecretId>,
    },
    /// Switched on.
    Activated {
        /// When.
        at: Timestamp,
    },
    /// Switched off: nothing is sent, no bot starts, inbound is kept.
    Deactivated {
        /// When.
        at: Timestamp,
    },
    /// Meta refused the token: the queue waits for a new one.
    AuthBroken {
        /// When.
        at: Timestamp,
        /// Meta's error code, e.g. 190.
        meta_code: i64,
    },
    /// A send with the present token was answered again.
    AuthRestored {
        /// When.
        at: Timestamp,
    },
    /// Taken out of use; its history stays.
    Removed {
        /// When.
        at: Timestamp,
    },
}

impl DomainEvent for NumberEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Added { .. } => "NumberAdded",
            Self::Edited { .. } => "NumberEdited",
            Self::TokenReplaced { .. } => "NumberTokenReplaced",
            Self::AppSecretReplaced { .. } => "NumberAppSecretReplaced",
            Self::Activated { .. } => "NumberActivated",
            Self::Deactivated { .. } => "NumberDeactivated",
            Self::AuthBroken { .. } => "NumberAuthBroken",
            Self::AuthRestored { .. } => "NumberAuthRestored",
            Self::Removed { .. } => "NumberRemoved",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
