//! What happened to a WhatsApp number. Holds no token: only the id of its sealed row and its last four characters.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NumberKind, TokenRef};
use crate::ids::SecretId;
use crate::phone::E164;
use crate::time::Timestamp;

/// Events of one number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum NumberEvent {
    /// The number was added; its kind never changes.
    /// Example: `{"Added":{"at":"2025-12-29T09:20:00Z","kind":"simulated","display_name":"Support","phone_number":"+15550783881","phone_number_id":"106540352242922","whatsapp_business_account_id":"102290129340398","token":{"secret":"00000000-0000-0000-0000-000000000007","last4":"wXyZ","fingerprint":"0000000000000007","set_at":"2025-12-29T09:20:00Z"},"app_secret":null,"is_active":true}}`
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
    /// Example: `{"Edited":{"at":"2025-12-29T09:20:01Z","display_name":"Support","phone_number":"+15550783881","phone_number_id":"106540352242923","whatsapp_business_account_id":"102290129340398"}}`
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
    /// Example: `{"TokenReplaced":{"at":"2025-12-29T09:20:02Z","token":{"secret":"00000000-0000-0000-0000-000000000008","last4":"wXyZ","fingerprint":"0000000000000008","set_at":"2025-12-29T09:20:00Z"}}}`
    TokenReplaced {
        /// When.
        at: Timestamp,
        /// The sealed access token.
        token: TokenRef,
    },
    /// The number's own app secret was stored or taken away.
    /// Example: `{"AppSecretReplaced":{"at":"2025-12-29T09:20:03Z","app_secret":"00000000-0000-0000-0000-000000000009"}}`
    AppSecretReplaced {
        /// When.
        at: Timestamp,
        /// The sealed secret, if one is set.
        app_secret: Option<SecretId>,
    },
    /// Switched on.
    /// Example: `{"Activated":{"at":"2025-12-29T09:20:04Z"}}`
    Activated {
        /// When.
        at: Timestamp,
    },
    /// Switched off: nothing is sent, no bot starts, inbound is kept.
    /// Example: `{"Deactivated":{"at":"2025-12-29T09:20:05Z"}}`
    Deactivated {
        /// When.
        at: Timestamp,
    },
    /// Meta refused the token: the queue waits for a new one.
    /// Example: `{"AuthBroken":{"at":"2025-12-29T09:20:06Z","meta_code":190}}`
    AuthBroken {
        /// When.
        at: Timestamp,
        /// Meta's error code, e.g. 190.
        meta_code: i64,
    },
    /// A send with the present token was answered again.
    /// Example: `{"AuthRestored":{"at":"2025-12-29T09:20:07Z"}}`
    AuthRestored {
        /// When.
        at: Timestamp,
    },
    /// Taken out of use; its history stays.
    /// Example: `{"Removed":{"at":"2025-12-29T09:20:08Z"}}`
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
